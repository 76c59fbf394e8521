"""Other people's ways of forgetting, on the shipped patient and on real models, measured like ours."""

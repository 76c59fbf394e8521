"""Other people's ways of forgetting, on the shipped patient, measured like ours."""

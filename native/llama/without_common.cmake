# llama-cpp-python compiles llama.cpp's helper library "common", which neither it nor edge_repair loads, and which is more
# than half of the compile time. Its CMake file forces the option on; a normal variable, set inside llama.cpp's own
# project, goes before that: -DCMAKE_PROJECT_llama.cpp_INCLUDE=.../native/llama/without_common.cmake
set(LLAMA_BUILD_COMMON OFF)

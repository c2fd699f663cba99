#include "cli/app.hpp"

int main(int argc, char** argv) { return blc::cli::run(argc, argv); }

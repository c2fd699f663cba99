#pragma once

namespace blc::cli {

// The whole program: reads the command line, wires the adapters, runs one command, prints, and gives the
// exit code. The one place that catches exceptions.
int run(int argc, char** argv);

}  // namespace blc::cli

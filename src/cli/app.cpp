#include "cli/app.hpp"
namespace blc::cli { int run(int, char**) { return 2; } }

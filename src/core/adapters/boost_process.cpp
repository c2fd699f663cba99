// The one file that holds the compiled parts of Boost.Process v2 (1.81 links its environment only so).
#define BOOST_PROCESS_V2_SEPARATE_COMPILATION
#include <boost/process/v2/src.hpp>

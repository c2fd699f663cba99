// Reads the floors of the code from src/CMakeLists.txt and finds every #include that breaks their order.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace blc::architecture {

// A floor and what it may include: itself and the floors that it DEPENDS on, directly or through them.
struct Floors {
  std::vector<std::string> order;                      // as declared, lowest first
  std::map<std::string, std::set<std::string>> below;  // of each floor, itself among them
};

// Reads the blc_floor(NAME [DEPENDS ...] [LINK ...]) calls. Throws std::runtime_error when there are none,
// or when a floor depends on one that is not declared above it.
[[nodiscard]] Floors read_floors(std::string_view cmake);

// What is wrong in `source`/src, one line each ("src/core/text/json.cpp:3: ..."): an include of a higher
// floor, of cli, of an adapter from a view, of a library that another floor owns, of an unknown library, of
// the operating system from a floor that reaches it through ports only, or one that is no path from src; a folder that
// is no floor.
[[nodiscard]] std::vector<std::string> violations(const std::filesystem::path& source, const Floors& floors);

// The floors that `manual` sets nowhere apart from prose: in a macro line such as ".B text" or ".It Sy text".
[[nodiscard]] std::vector<std::string> missing_from(std::string_view manual, const Floors& floors);

[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace blc::architecture

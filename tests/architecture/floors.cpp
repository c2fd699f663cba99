#include "floors.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace blc::architecture {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCli = "cli";  // the folder above all floors
constexpr std::string_view kGenerators = "generators";  // programs that the build runs: above all floors too, and no part of blc

// Who may include a library's headers. A library that is not listed may not be included at all.
struct Library {
  std::string_view header;                 // a prefix of what stands between < and >
  std::array<std::string_view, 3> owners;  // floors; empty: everyone
};
constexpr std::array kLibraries{
    Library{"fmt/", {}},
    Library{"openssl/", {"crypto"}},
    Library{"sodium/", {"crypto"}},
    Library{"yaml.h", {"text"}},
    Library{"re2/", {"text", "verb", "policy"}},
    Library{"dtl/", {"text"}},
    Library{"sqlite3.h", {"adapters"}},
    Library{"boost/date_time/", {"policy"}},
    Library{"boost/", {"adapters"}},
    Library{"spdlog/", {"adapters"}},
    Library{"seccomp.h", {"adapters"}},
    Library{"qrencode.h", {"adapters"}},
    Library{"curl/", {"adapters"}},
    Library{"CLI/", {kCli}},
};

// Headers of the C++ library that reach files and streams: below adapters, ports do that.
constexpr std::array<std::string_view, 4> kReachesOut{"cstdio", "filesystem", "fstream", "iostream"};

// Folders of the operating system's headers; a header without a folder ("unistd.h") is taken for one of its own.
constexpr std::array<std::string_view, 4> kSystem{"arpa/", "linux/", "netinet/", "sys/"};

struct Include {
  std::size_t line = 0;
  std::string path;
  bool quoted = false;
};

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// The text behind "# include", or nothing when the line is none.
std::optional<std::string_view> include_argument(std::string_view line) {
  line = trim(line);
  if (!line.starts_with('#')) return std::nullopt;
  line = trim(line.substr(1));
  if (!line.starts_with("include")) return std::nullopt;
  return trim(line.substr(std::string_view("include").size()));
}

std::vector<Include> includes_of(const std::string& text) {
  std::vector<Include> found;
  std::istringstream lines(text);
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    const auto argument = include_argument(line);
    if (!argument) continue;
    const bool quoted = argument->starts_with('"');
    const auto end = argument->find(quoted ? '"' : '>', 1);
    if ((!quoted && !argument->starts_with('<')) || end == std::string_view::npos) {
      found.push_back({number, std::string(*argument), true});  // a macro: no path from src, refused as such
    } else {
      found.push_back({number, std::string(argument->substr(1, end - 1)), quoted});
    }
  }
  return found;
}

bool above_all(std::string_view floor) { return floor == kCli || floor == kGenerators; }

// The floor (or "cli", "generators") that a path from src belongs to; nothing for any other path.
std::optional<std::string> floor_of(const std::string& path) {
  if (auto folder = path.substr(0, path.find('/')); folder.size() < path.size() && above_all(folder)) return folder;
  constexpr std::string_view core = "core/";
  if (!path.starts_with(core)) return std::nullopt;
  const auto slash = path.find('/', core.size());
  if (slash == std::string::npos) return std::nullopt;
  return path.substr(core.size(), slash - core.size());
}

bool outermost(const std::string& floor) { return floor == "adapters" || above_all(floor); }

// What is wrong when `file` of `floor` includes `path`, one of our own headers.
std::optional<std::string> fault_of_own(const std::string& path, const std::string& floor, const std::string& file,
                                        const Floors& floors) {
  const auto other = floor_of(path);
  if (!other) return "includes \"" + path + "\", which is no path from src";
  if (floor == *other) return std::nullopt;
  if (*other == kGenerators) return floor + " includes generators, which are no part of blc: " + path;
  if (above_all(floor)) {
    if (*other != "adapters" || !file.starts_with("cli/views/")) return std::nullopt;
    return "includes " + path + ": a view prints what it is given";
  }
  if (*other == kCli) return floor + " includes cli: " + path;
  const auto below = floors.below.find(floor);
  if (below != floors.below.end() && below->second.contains(*other)) return std::nullopt;
  return floor + " includes " + *other + ", which is not below it: " + path;
}

bool system_header(const std::string& path) {
  if (path.find('/') == std::string::npos) return path.ends_with(".h");
  return std::ranges::any_of(kSystem, [&](std::string_view folder) { return path.starts_with(folder); });
}

std::optional<std::string> fault_of_system(const std::string& path, const std::string& floor) {
  for (const auto& library : kLibraries) {
    if (!path.starts_with(library.header)) continue;
    if (library.owners.front().empty() || std::ranges::find(library.owners, floor) != library.owners.end()) {
      return std::nullopt;
    }
    return std::string(floor).append(" includes <").append(path).append(">, which belongs to ").append(library.owners.front());
  }
  if (path.find_first_of("./") == std::string::npos) {
    if (std::ranges::find(kReachesOut, path) == kReachesOut.end()) return std::nullopt;
  } else if (!system_header(path)) {
    return "includes <" + path + ">, a library that no floor owns";
  }
  if (outermost(floor)) return std::nullopt;
  return floor + " includes <" + path + ">: the operating system is reached through ports";
}

std::vector<fs::path> sources_under(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".hpp" || extension == ".cpp" || extension == ".h")) {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::istringstream in{std::string(text)};
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

void declare(Floors& floors, const std::vector<std::string>& words) {
  if (words.empty()) throw std::runtime_error("blc_floor without a name");
  const auto& name = words.front();
  std::set<std::string> below{name};
  bool depends = false;
  for (const auto& word : words) {
    if (word == "DEPENDS" || word == "LINK") {
      depends = word == "DEPENDS";
    } else if (depends) {
      const auto known = floors.below.find(word);
      if (known == floors.below.end()) {
        throw std::runtime_error(std::string("floor ").append(name).append(" depends on ").append(word).append(", which is not declared above it"));
      }
      below.insert(known->second.begin(), known->second.end());
    }
  }
  floors.order.push_back(name);
  floors.below.emplace(name, std::move(below));
}

std::string without_comments(std::string_view cmake) {
  std::string out;
  std::istringstream lines{std::string(cmake)};
  for (std::string line; std::getline(lines, line);) out += line.substr(0, line.find('#')) + '\n';
  return out;
}

}  // namespace

Floors read_floors(std::string_view cmake) {
  constexpr std::string_view call = "blc_floor(";
  const std::string text = without_comments(cmake);
  Floors floors;
  for (auto at = text.find(call); at != std::string::npos; at = text.find(call, at + 1)) {
    const auto begin = at + call.size();
    const auto end = text.find(')', begin);
    if (end == std::string::npos) throw std::runtime_error("blc_floor( without its end");
    declare(floors, words_of(std::string_view(text).substr(begin, end - begin)));
  }
  if (floors.order.empty()) throw std::runtime_error("no blc_floor() is declared");
  return floors;
}

std::vector<std::string> violations(const fs::path& source, const Floors& floors) {
  std::vector<std::string> found;
  const auto root = source / "src";
  for (const auto& file : sources_under(root)) {
    const auto path = file.lexically_relative(root).generic_string();
    const auto floor = floor_of(path).value_or("");  // empty: a file beside the floors; may include no floor
    if (!floor.empty() && !above_all(floor) && !floors.below.contains(floor)) {
      found.push_back(std::string("src/").append(path).append(": ").append(floor).append(" is no declared floor"));
      continue;
    }
    for (const auto& include : includes_of(read_file(file))) {
      const auto fault =
          include.quoted ? fault_of_own(include.path, floor, path, floors) : fault_of_system(include.path, floor);
      if (fault) found.push_back("src/" + path + ":" + std::to_string(include.line) + ": " + *fault);
    }
  }
  return found;
}

std::vector<std::string> missing_from(std::string_view manual, const Floors& floors) {
  std::set<std::string> named;
  std::istringstream lines{std::string(manual)};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('.')) continue;
    for (auto& word : words_of(line)) named.insert(std::move(word));
  }
  std::vector<std::string> missing;
  std::ranges::copy_if(floors.order, std::back_inserter(missing),
                       [&](const std::string& floor) { return !named.contains(floor); });
  return missing;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace blc::architecture

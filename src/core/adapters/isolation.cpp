#include "core/adapters/isolation.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace blc::adapters {

namespace {

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

// Relative, and every part a name: no "", ".", "..".
bool stays_inside(std::string_view path) {
  if (path.empty() || has_nul(path)) return false;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (part.empty() || part == "." || part == "..") return false;
    at = end + 1;
  }
  return true;
}

bool is_at_or_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

Result<> check_texts(const ports::Launch& launch) {
  if (launch.argv.empty()) return fail(Exit::usage, "A program needs at least its name as an argument.");
  if (std::ranges::any_of(launch.argv, has_nul)) return fail(Exit::usage, "An argument holds a NUL character.");
  for (const auto& [name, value] : launch.environment) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name) || has_nul(value)) {
      return fail(Exit::usage, fmt::format("\"{}\" cannot be set as an environment variable.", name));
    }
  }
  return {};
}

std::vector<std::string_view> paths_of(const ports::View& view) {
  std::vector<std::string_view> paths;
  paths.reserve(view.files.size() + view.writable.size() + view.readable.size() + view.links.size() + view.credentials.size());
  for (const auto& file : view.files) paths.emplace_back(file.path);
  for (const auto& credential : view.credentials) paths.emplace_back(credential.path);
  for (const auto& folder : view.writable) paths.emplace_back(folder.path);
  for (const auto& folder : view.readable) paths.emplace_back(folder.path);
  for (const auto& link : view.links) paths.emplace_back(link.path);
  return paths;
}

}  // namespace

Result<> check(const ports::Launch& launch) {
  BLC_CHECK(check_texts(launch));
  auto paths = paths_of(launch.view);
  for (const auto path : paths) {
    if (!stays_inside(path)) return fail(Exit::usage, fmt::format("\"{}\" is not a path in the practice.", path));
  }
  // Sorted with '/' before all else, what lies below a path follows it at once.
  std::ranges::sort(paths, [](std::string_view a, std::string_view b) {
    return std::ranges::lexicographical_compare(a, b, [](char x, char y) {
      return (x == '/' ? 0 : static_cast<unsigned char>(x) + 1) < (y == '/' ? 0 : static_cast<unsigned char>(y) + 1);
    });
  });
  const auto overlap = std::ranges::adjacent_find(
      paths, [](std::string_view above, std::string_view below) { return is_at_or_below(below, above); });
  if (overlap != paths.end()) {
    return fail(Exit::usage, fmt::format("A program cannot be shown {} and {}: one lies within the other.", *overlap,
                                         *std::next(overlap)));
  }
  for (const auto& link : launch.view.links) {
    if (link.target.empty() || has_nul(link.target)) {
      return fail(Exit::usage, fmt::format("The link {} points nowhere.", link.path));
    }
  }
  return {};
}

std::string program_name(const ports::Launch& launch, const SealedProgram& program) {
  const auto last_part = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
  const std::string name = last_part(launch.argv.front());
  return name.empty() || name == "." || name == ".." ? last_part(program.path()) : name;
}

}  // namespace blc::adapters

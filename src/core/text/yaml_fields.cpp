#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/text/display.hpp"
#include "core/text/nearest.hpp"
#include "core/text/yaml.hpp"

namespace blc::text {

YamlFields::YamlFields(const Yaml& map, std::string file, std::string what)
    : map_(&map), file_(std::move(file)), what_(std::move(what)) {
  if (map.kind != Yaml::Kind::map) fault(map.mark, fmt::format("expected a map ({}), found {}", what_, found(map)));
}

Mark YamlFields::mark() const { return map_->mark; }

void YamlFields::fault(Mark mark, const std::string& message) {
  if (!fault_) fault_ = yaml_error(file_, mark, message);
}

const Yaml* YamlFields::optional(std::string_view name) {
  if (std::ranges::find(known_, name) == known_.end()) known_.push_back(name);
  const auto member = std::ranges::find(map_->map, name, &Yaml::Member::key);
  return member == map_->map.end() ? nullptr : &member->value;
}

const Yaml& YamlFields::required(std::string_view name) {
  static const Yaml kNone;
  const auto* member = optional(name);
  if (member != nullptr) return *member;
  if (!fault_) {
    fault(map_->mark, fmt::format("expected the key \"{}\" in the {}, found none", name, what_));
    missing_ = true;
  }
  return kNone;
}

std::string YamlFields::string(std::string_view name) {
  const auto& member = required(name);
  if (member.kind == Yaml::Kind::scalar && !member.scalar.empty()) return member.scalar;
  fault(member.mark, fmt::format("expected text for \"{}\", found {}", name, found(member)));
  return {};
}

std::string YamlFields::string_or(std::string_view name, std::string_view otherwise) {
  const auto* member = optional(name);
  if (member == nullptr) return std::string(otherwise);
  if (member->kind == Yaml::Kind::scalar) return member->scalar;
  fault(member->mark, fmt::format("expected text for \"{}\", found {}", name, found(*member)));
  return std::string(otherwise);
}

bool YamlFields::boolean_or(std::string_view name, bool otherwise) {
  const auto* member = optional(name);
  if (member == nullptr) return otherwise;
  if (member->kind == Yaml::Kind::scalar && !member->quoted && (member->scalar == "true" || member->scalar == "false"))
    return member->scalar == "true";
  fault(member->mark, fmt::format("expected true or false for \"{}\", found {}", name, found(*member)));
  return otherwise;
}

std::int64_t YamlFields::integer(std::string_view name) {
  const auto& member = required(name);
  std::int64_t number = 0;
  const auto* const end = member.scalar.data() + member.scalar.size();
  const auto [stop, error] = std::from_chars(member.scalar.data(), end, number);
  if (member.kind == Yaml::Kind::scalar && !member.quoted && error == std::errc() && stop == end) return number;
  fault(member.mark, fmt::format("expected a whole number for \"{}\", found {}", name, found(member)));
  return 0;
}

std::vector<std::string> YamlFields::strings_or_none(std::string_view name) {
  std::vector<std::string> texts;
  const auto* member = optional(name);
  if (member == nullptr) return texts;
  if (member->kind != Yaml::Kind::list)
    fault(member->mark, fmt::format("expected a list for \"{}\", found {}", name, found(*member)));
  for (const auto& element : member->list) {
    if (element.kind != Yaml::Kind::scalar || element.scalar.empty())
      fault(element.mark, fmt::format("expected text in \"{}\", found {}", name, found(element)));
    texts.push_back(element.scalar);
  }
  return texts;
}

Result<> YamlFields::finish() {
  if (!fault_ || missing_) {
    for (const auto& member : map_->map) {
      if (std::ranges::find(known_, std::string_view(member.key)) != known_.end()) continue;
      const auto meant = nearest(member.key, known_);
      const auto message = meant ? fmt::format("expected a key of the {}, found {}; did you mean \"{}\"?", what_,
                                               found(member.key), *meant)
                                 : fmt::format("expected a key of the {} ({}), found {}", what_,
                                               fmt::join(known_, ", "), found(member.key));
      return std::unexpected(yaml_error(file_, member.mark, message));
    }
  }
  if (fault_) return std::unexpected(*fault_);
  return {};
}

}  // namespace blc::text

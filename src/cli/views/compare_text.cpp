// A comparison in people's words, and for scripts.
#include <fmt/format.h>

#include <array>
#include <cctype>
#include <utility>

#include "cli/views/compare.hpp"
#include "cli/views/words.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using text::display;
using text::Json;

namespace {

// What an area is called before the name of the thing; parameters and texts go by their name alone.
std::string lead(const Difference& difference) {
  const bool bare = difference.area == "parameter" || difference.area == "text";
  auto text = bare ? std::string() : difference.area;
  if (difference.area == "output") text = "what";
  if (!difference.name.empty()) text += (text.empty() ? "" : " ") + display(difference.name);
  if (difference.area == "output") text += " reads";
  if (!difference.part.empty()) text += (difference.name.empty() ? ", " : ": ") + difference.part;
  return text;
}

std::string changed_text(const Difference& difference) {
  std::size_t gone = 0;
  std::size_t come = 0;
  for (const auto& line : difference.lines) {
    gone += line.starts_with('-') ? 1U : 0U;
    come += line.starts_with('+') ? 1U : 0U;
  }
  if (!difference.lines.empty()) return fmt::format("other text (-{} +{} lines)", gone, come);
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kWords{
      {{"parameter", "differs (sealed)"}, {"program", "another version of it"}, {"file", "other content"},
       {"output", "something else now"}, {"preview", "differs (sealed)"}, {"required verb", "other text"}}};
  for (const auto& [area, words] : kWords) {
    if (difference.area == area) return std::string(words);
  }
  return "differs";
}

}  // namespace

std::string to_line(const Difference& difference) {
  const auto what = lead(difference) + ": ";
  if (!difference.values) return what + changed_text(difference);
  if (!difference.before) return what + "new: " + display(*difference.after);
  if (!difference.after) return what + "no longer: " + display(*difference.before);
  return fmt::format("{}{} -> {}", what, display(*difference.before), display(*difference.after));
}

std::string to_text(const Comparison& comparison, std::size_t width) {
  std::string text;
  for (const auto& difference : comparison.differences) {
    text += wrap("  " + to_line(difference), width, 4) + "\n";
    for (const auto& line : difference.lines) text += "    " + display(line) + "\n";
  }
  if (!text.empty()) text += "\n";
  auto rest = comparison.differences.empty() ? std::string("Nothing differs") : std::string(comparison.rest());
  if (comparison.differences.empty() && !comparison.untold.empty()) rest = "Nothing differs that can be compared";
  rest.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(rest.front())));
  text += rest + ".\n";
  if (!comparison.untold.empty()) {
    std::vector<std::string> names;
    for (const auto& name : comparison.untold) names.push_back(display(name));
    text += wrap(fmt::format("Cannot be told, for each run keeps it under a key of its own: {}.", either(names, "and")), width, 0) + "\n";
  }
  return text;
}

Json to_json(const Comparison& comparison) {
  Json::Array differences;
  for (const auto& difference : comparison.differences) {
    Json::Object object{{"area", difference.area}, {"name", difference.name}, {"part", difference.part}, {"text", to_line(difference)}};
    if (difference.before) object.emplace("before", *difference.before);
    if (difference.after) object.emplace("after", *difference.after);
    if (!difference.lines.empty()) object.emplace("lines", Json::Array(difference.lines.begin(), difference.lines.end()));
    differences.emplace_back(std::move(object));
  }
  return Json::Object{{"same", comparison.differences.empty()},
                      {"differences", std::move(differences)},
                      {"untold", Json::Array(comparison.untold.begin(), comparison.untold.end())}};
}

}  // namespace blc::cli

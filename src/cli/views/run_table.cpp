#include "cli/views/run_table.hpp"

#include <fmt/format.h>

#include "cli/views/glass.hpp"
#include "cli/views/notes.hpp"
#include "cli/views/table.hpp"
#include "cli/views/undo.hpp"
#include "cli/views/words.hpp"
#include "core/ledger/sealed_list.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

constexpr std::size_t kMostParameters = 40;

std::string signatures(const RunView& view) {
  return view.run->plan && !view.decision.slots.empty() ? fmt::format("{}/{}", view.decision.given, view.decision.slots.size()) : "-";
}

// Never in the middle of a character.
std::string shortened(const std::string& text, std::size_t most) {
  if (text::columns(text) <= most) return text;
  auto end = most - 3;
  while (text::columns(text.substr(0, end)) < most - 3 || (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  return text.substr(0, end) + "...";
}

}  // namespace

std::string parameters_of(const RunView& view, std::string_view between, std::string_view after) {
  std::string text;
  for (const auto& [name, value] : view.run->request->request.parameters) {
    const auto* const clear = value.get_if<std::string>();
    const auto shown = ledger::sealed_position(value) ? std::string("(sealed)") : clear != nullptr ? *clear : text::canonical(value);
    text += fmt::format("{}{}{}{}", text.empty() ? "" : after, name, between, shown);
  }
  return text;
}

std::string run_table(const std::vector<RunView>& views, std::size_t width, std::size_t indent) {
  std::vector<Row> rows;
  for (const auto& view : views) {
    const auto& run = *view.run;
    const auto review = review_mark(view);
    const auto mark = review.empty() ? note_mark(view) : review;
    rows.push_back({run.id.suffix(), std::string(to_string(view.state)), signatures(view), loud(run.environment),
                                      std::string(to_string(run.classification)), run.request->by, when(run.request->at, view.now),
                                      what_it_does(run) + (mark.empty() ? "" : "  (" + mark + ")"),
                    shortened(text::display(parameters_of(view, " ", ", ")), kMostParameters)});
  }
  return table({{"RUN"}, {"STATE"}, {"SIGNED", 1}, {"WHERE"}, {"CLASS", 2}, {"BY"}, {"ASKED", 3}, {"VERB"}, {"FOR", 4}}, rows, width, indent);
}

}  // namespace blc::cli

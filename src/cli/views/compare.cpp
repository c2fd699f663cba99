#include "cli/views/compare.hpp"

#include <fmt/format.h>

#include <set>

#include "core/ledger/sealed_list.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

namespace {

std::string shown(const text::Json* value) {
  if (value == nullptr) return "(none)";
  const auto* const text = value->get_if<std::string>();
  return text::display(text != nullptr ? *text : text::canonical(*value));
}

void compare_parameters(const approval::Run& earlier, const approval::Run& now, std::vector<std::string>& found) {
  const auto& before = earlier.request->request;
  const auto& after = now.request->request;
  std::set<std::string> names;
  for (const auto& [name, value] : before.parameters) names.insert(name);
  for (const auto& [name, value] : after.parameters) names.insert(name);
  for (const auto& name : names) {
    const auto old_value = before.parameters.find(name);
    const auto new_value = after.parameters.find(name);
    const auto* const was = old_value == before.parameters.end() ? nullptr : &old_value->second;
    const auto* const is = new_value == after.parameters.end() ? nullptr : &new_value->second;
    const bool sealed = (was != nullptr && ledger::sealed_position(*was)) || (is != nullptr && ledger::sealed_position(*is));
    if (sealed) {
      if (name != now.plan->verb->subject || before.subject != after.subject) found.push_back(name + ": sealed, may differ");
    } else if (was == nullptr || is == nullptr || *was != *is) {
      found.push_back(fmt::format("{}: {} -> {}", name, shown(was), shown(is)));
    }
  }
}

// Keyed digests of two runs never agree, whatever the content.
bool keyed(const std::string& value) { return value.starts_with("hmac-sha256:"); }

void compare_resolutions(const plan::Resolution& before, const plan::Resolution& after, std::vector<std::string>& found) {
  auto old_resolution = before;
  auto new_resolution = after;
  old_resolution.parameters = new_resolution.parameters;
  std::erase_if(old_resolution.observations, [](const auto& seen) { return keyed(seen.second); });
  std::erase_if(new_resolution.observations, [](const auto& seen) { return keyed(seen.second); });
  for (const auto& line : plan::drift(old_resolution, new_resolution)) {
    // Digests say nothing to a person: that it changed does.
    const bool digests = line.find("sha256:") != std::string::npos;
    found.push_back(text::display(digests ? line.substr(0, line.find(": ")) + ": changed" : line));
  }
}

}  // namespace

const approval::Run* last_approved(const approval::Replay& replay, const approval::Run& run) {
  return replay.last_claimed(run.request->request.verb, run.environment, nullptr,
                             run.claim ? run.claim->leaf : replay.size());
}

std::vector<std::string> differences(const approval::Run& earlier, const approval::Run& now) {
  std::vector<std::string> found;
  compare_parameters(earlier, now, found);
  compare_resolutions(earlier.plan->plan->resolution, now.plan->plan->resolution, found);
  return found;
}

}  // namespace blc::cli

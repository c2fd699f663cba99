#include "cli/views/slots_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "cli/views/words.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using text::display;

std::string slot_name(std::string name) {
  std::ranges::replace(name, '-', ' ');
  return name;
}

std::string demand(const policy::Slot& slot) {
  const auto asked = approval::asked_of_key(slot);
  return asked.empty() ? asked : fmt::format("; with {}", asked);
}

std::string for_whom(const std::string& lender) { return lender.empty() ? lender : " for " + lender; }

std::vector<std::string> open_names(const approval::SlotStatus& status) {
  std::vector<std::string> names;
  for (const auto& name : status.open_to) {
    const auto lender = status.open_in_place_of.find(name);
    names.push_back(lender == status.open_in_place_of.end() ? name : name + for_whom(lender->second));
  }
  return names;
}

const approval::ApprovalFact& last_approval(const approval::Run& run, std::string_view person) {
  return *std::ranges::find_if(std::views::reverse(run.approvals), [&](const auto& approval) {
    return approval.by == person && approval.act == approval::Act::approve;
  });
}

std::string manner(const RunView& view, const std::string& person) {
  const auto& last = last_approval(*view.run, person);
  auto text = fmt::format("; meaning {}", to_string(last.meaning));
  if (plan_of(view).sealed.size() > 1) text += approval::saw_sealed(*view.run, person, last.leaf) ? "; the sealed values were seen" : "; the sealed values were not seen";
  return text;
}

std::string slots_text(const RunView& view) {
  const auto& decision = view.decision;
  if (decision.slots.empty()) return decision.glass != nullptr ? "Signatures needed while the glass is broken: none\n" : "Signatures needed: none\n";
  auto text = fmt::format("Signatures needed: {}{}\n", decision.slots.size(),
                          plan_of(view).resolution.rule.requester_may_sign
                              ? ""
                              : fmt::format(", from people other than {}",
                                            view.me == view.run->request->by ? "you" : view.run->request->by));
  std::size_t widest = 0;
  for (const auto& status : decision.slots) widest = std::max(widest, status.slot.name.size());
  for (const auto& status : decision.slots) {
    const auto what = status.by ? fmt::format("signed by {}{}, {}", *status.by, for_whom(status.in_place_of), when(*status.at, view.now))
                                : status.open_to.empty() ? fmt::format("open, and nobody could sign it{}", demand(status.slot))
                                                         : "open: " + either(open_names(status)) + demand(status.slot);
    const auto lead = fmt::format("  {:<{}}  ", slot_name(status.slot.name), widest);
    text += wrap(lead + what, view.width, lead.size()) + "\n";
  }
  return text + infeasible_text(view);
}

std::string infeasible_text(const RunView& view) {
  const auto& decision = view.decision;
  if (decision.reachable >= decision.slots.size()) return {};
  return wrap(fmt::format("IT CANNOT BE APPROVED as things are: if everybody signed who may, {} of {} would be there. An admin "
                          "enrols who is missing (blc trust add, blc trust set-role); then plan it again.",
                          decision.reachable, count(decision.slots.size(), "signature")),
              view.width, 0) + "\n";
}

// "Slots  clinical lead: ben, 10:40.  privacy officer: you.  Yours is the last. After it, ana can run this once."
std::string slots_line(const RunView& view, const std::vector<std::string>& my_slots) {
  std::string text = "Slots";
  std::size_t open = 0;
  for (const auto& status : view.decision.slots) {
    open += status.by ? 0U : 1U;
    auto who = status.by ? fmt::format("{}{}, {}", *status.by == view.me ? "you" : *status.by, for_whom(status.in_place_of), at_time(*status.at, view.now)) : std::string();
    if (!status.by) {
      auto names = open_names(status);
      for (auto& name : names) {
        if (name == view.me || name.starts_with(view.me + " for ")) name = "you" + name.substr(view.me.size());
      }
      const bool only_mine = my_slots.size() == 1 && my_slots.front() == status.slot.name;
      const auto mine = status.open_in_place_of.find(view.me);
      who = (only_mine ? "you" + (mine == status.open_in_place_of.end() ? "" : for_whom(mine->second)) : "open to " + either(names)) + demand(status.slot);
    }
    text += fmt::format("  {}: {}.", slot_name(status.slot.name), who);
  }
  // Signatures are all that is missing, or the gate would say so first.
  if (view.decision.code != Exit::approvals_missing) return text + fmt::format("  It would be refused all the same: {}", display(view.decision.why));
  return text + (open == 1 ? fmt::format("  Yours is the last. After it, {} can run this once.", view.run->request->by) : "");
}

}  // namespace blc::cli

#include "cli/views/proposal_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/views/words.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using approval::Impact;
using approval::ProposalStatus;
using text::Json;

namespace {

std::string slots_words(const std::vector<policy::Slot>& slots) {
  std::vector<std::string> names;
  for (const auto& slot : slots) names.push_back(either(slot.roles));
  return names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, "; "));
}

std::string_view needs_words(Impact::Needs needs) {
  switch (needs) {
    case Impact::Needs::more: return "more";
    case Impact::Needs::fewer: return "fewer";
    case Impact::Needs::others: return "others";
    case Impact::Needs::no_such_verb: return "no such verb";
  }
  return "others";
}

Json::Array to_array(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

std::string state_sentence(const ProposalView& view) {
  using enum ProposalStatus::State;
  const auto& proposal = *view.proposal;
  switch (view.status.state) {
    case open: return fmt::format("{}. Expires {}.", approval::missing_text(view.status), when(proposal.next->deadline(), view.now));
    case complete: return "Every signature is there; it is in force once one of the signers types the command again.";
    case rejected: {
      const auto& reason = proposal.rejection->reason;
      return fmt::format("{} rejected it {}{}", proposal.rejection->by, ago(proposal.rejection->at, view.now),
                         reason.empty() ? "." : ": " + text::display(reason));
    }
    case expired: return fmt::format("It expired {}.", when(proposal.next->deadline(), view.now));
    case overtaken: return "Another change came first.";
  }
  return {};
}

}  // namespace

std::string what_it_is(const approval::Proposal& proposal) {
  return fmt::format("{} {}", proposal.next->root() != nullptr ? "root" : "catalog", proposal.next->version());
}

ProposalView view_of(const approval::Replay& replay, const approval::Proposal& proposal, Timestamp now, const std::string& me,
                     std::size_t width) {
  ProposalView view{&proposal, weigh(replay.trust(), proposal, replay.size(), now), {}, {}, me, now, width};
  if (const auto* const root = proposal.next->root()) {
    view.changes = trust::changes(*replay.root(), *root);
  } else {
    view.changes = trust::changes(*replay.catalog(), *proposal.next->catalog());
    view.impact = approval::impact(replay, *proposal.next->catalog(), now);
  }
  return view;
}

std::string changes_text(const std::vector<trust::Change>& changes, std::size_t width) {
  std::string text;
  for (const auto& change : changes) {
    const auto about = text::display(change.about);
    if (change.what.size() == 1) {
      text += wrap(fmt::format("{}: {}", about, text::display(change.what.front())), width, 2) + "\n";
      continue;
    }
    text += about + "\n";
    for (const auto& what : change.what) text += wrap("  " + text::display(what), width, 4) + "\n";
  }
  return text.empty() ? "Nothing changes.\n" : text;
}

Json to_json(const std::vector<trust::Change>& changes) {
  Json::Array list;
  for (const auto& change : changes) {
    Json::Array what;
    for (const auto& each : change.what) what.emplace_back(text::display(each));
    list.emplace_back(Json::Object{{"about", text::display(change.about)}, {"what", std::move(what)}});
  }
  return list;
}

std::string_view act_word(approval::Lost::Act act) {
  switch (act) {
    case approval::Lost::Act::ask: return "ask for it";
    case approval::Lost::Act::sign: return "sign it";
    case approval::Lost::Act::order: return "run it";
  }
  return "run it";
}

// "; ben and cleo could no longer sign it; dora could no longer run it"
std::string lost_text(const std::vector<approval::Lost>& lost) {
  constexpr std::size_t kNamed = 5;
  std::string text;
  for (const auto act : {approval::Lost::Act::ask, approval::Lost::Act::sign, approval::Lost::Act::order}) {
    std::vector<std::string> names;
    for (const auto& each : lost) {
      if (each.act == act) names.push_back(each.name);
    }
    if (names.empty()) continue;
    if (names.size() > kNamed) {
      const auto rest = fmt::format("{} more", names.size() - kNamed);
      names.resize(kNamed);
      names.push_back(rest);
    }
    text += fmt::format("; {} could no longer {}", either(names, "and"), act_word(act));
  }
  return text;
}

// "1 signature -> 2 (nobody -> qa)", or the one that stays asked for.
std::string needed_text(const Impact& on) {
  if (on.needs == Impact::Needs::no_such_verb) return "the verb would be gone";
  const auto before = count(on.before.size(), "signature");
  if (on.before == on.after) return on.before.empty() ? before : fmt::format("{} ({})", before, slots_words(on.before));
  return fmt::format("{} -> {} ({} -> {})", before, on.after.size(), slots_words(on.before), slots_words(on.after));
}

std::string impact_text(const std::vector<Impact>& impact, Timestamp now, std::size_t width) {
  std::string text;
  for (const auto& on : impact) {
    auto line = fmt::format("  {}  {} in {}, asked by {} {}{}: ", on.run.suffix(), on.verb, to_string(on.environment), on.by, when(on.at, now),
                            on.executed ? ", executed" : ", waiting");
    line += needed_text(on) + lost_text(on.lost);
    text += wrap(line, width, 4) + "\n";
  }
  return text;
}

Json to_json(const std::vector<Impact>& impact) {
  Json::Array list;
  const auto slots = [](const std::vector<policy::Slot>& of) {
    Json::Array names;
    for (const auto& slot : of) names.emplace_back(to_array(slot.roles));
    return names;
  };
  for (const auto& on : impact) {
    Json::Array lost;
    for (const auto& each : on.lost) lost.emplace_back(Json::Object{{"name", each.name}, {"may_not", act_word(each.act)}});
    list.emplace_back(Json::Object{{"run", on.run.str()},
                                   {"verb", on.verb},
                                   {"environment", to_string(on.environment)},
                                   {"executed", on.executed},
                                   {"needs", needs_words(on.needs)},
                                   {"before", slots(on.before)},
                                   {"after", slots(on.after)},
                                   {"lost", std::move(lost)}});
  }
  return list;
}

std::string next_text(const ProposalView& view) {
  std::vector<std::string> accept;
  for (const auto& [name, key] : view.status.to_accept) {
    if (std::ranges::find(accept, name) == accept.end()) accept.push_back(name);
  }
  auto sign = view.status.open_to;
  std::erase_if(sign, [&](const auto& name) { return std::ranges::find(accept, name) != accept.end(); });
  const auto suffix = view.proposal->suffix();
  std::string text;
  if (!sign.empty()) text += fmt::format("Next  {} {}  blc approve {}\n", either(sign), sign.size() == 1 ? "types" : "type", suffix);
  if (!accept.empty())
    text += fmt::format("{}{} {}  blc trust accept {}\n", text.empty() ? "Next  " : "      ", either(accept, "and"), accept.size() == 1 ? "types" : "type", suffix);
  return text;
}

std::string proposal_screen(const ProposalView& view) {
  const auto& proposal = *view.proposal;
  std::string text = wrap(fmt::format("{} proposes {} (proposal {}), {}.", proposal.by, what_it_is(proposal), proposal.suffix(), ago(proposal.at, view.now)), view.width, 0) + "\n\n";
  text += changes_text(view.changes, view.width);
  if (!view.impact.empty()) text += "\nRuns that would need other signatures or people\n" + impact_text(view.impact, view.now, view.width);
  text += "\n" + wrap(state_sentence(view), view.width, 0) + "\n";
  if (!view.status.signed_by.empty()) text += fmt::format("Signed by {}.\n", either(view.status.signed_by, "and"));
  text += fmt::format("Full ID {}   digest {}\n", proposal.id.str(), short_digest(proposal.hash.value.tagged()));
  return text;
}

Json to_json(const ProposalView& view) {
  const auto& proposal = *view.proposal;
  Json::Array accept;
  for (const auto& [name, key] : view.status.to_accept)
    accept.emplace_back(Json::Object{{"name", name}, {"key", key.fingerprint()}});
  return Json::Object{{"format", "blc.proposal/v1"},
                      {"proposal", proposal.id.str()},
                      {"digest", proposal.hash.value.tagged()},
                      {"of", proposal.next->root() != nullptr ? "root" : "catalog"},
                      {"version", proposal.next->version()},
                      {"by", proposal.by},
                      {"at", blc::to_string(proposal.at)},
                      {"deadline", blc::to_string(proposal.next->deadline())},
                      {"state", to_string(view.status.state)},
                      {"needed", view.status.needed},
                      {"needed_next", view.status.needed_next},
                      {"signed_by", to_array(view.status.signed_by)},
                      {"open_to", to_array(view.status.open_to)},
                      {"to_accept", std::move(accept)},
                      {"changes", to_json(view.changes)},
                      {"impact", to_json(view.impact)}};
}

}  // namespace blc::cli

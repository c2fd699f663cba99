#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/time.hpp"
#include "core/policy/policy.hpp"
#include "core/text/display.hpp"
#include "core/text/yaml.hpp"

namespace blc::policy {

namespace {

using text::Yaml;
using text::YamlFields;

constexpr std::size_t kMostSlots = 8;
constexpr std::size_t kMostEntries = 64;  // windows, freezes

std::string approvals_file() { return std::string(Policy::kApprovalsPath); }
std::string access_file() { return std::string(Policy::kAccessPath); }

std::unexpected<Error> refuse(const std::string& file, text::Mark mark, const std::string& message) {
  return std::unexpected(text::yaml_error(file, mark, message));
}

std::string source(const std::string& file, const Yaml& node) { return fmt::format("{}:{}", file, node.mark.line); }

// A list that is there must not be empty: elsewhere an absent list means "all".
std::vector<std::string> words(YamlFields& fields, std::string_view name, bool needed) {
  const auto* const node = needed ? &fields.required(name) : fields.optional(name);
  auto list = fields.strings_or_none(name);
  if (node != nullptr && list.empty())
    fields.fault(node->mark, fmt::format("expected at least one of \"{}\", found none", name));
  return list;
}

template <class Parse>
auto set_of(YamlFields& fields, std::string_view name, bool needed, Parse parse, std::string_view expected) {
  std::set<typename decltype(parse(std::string_view()))::value_type> values;
  for (const auto& word : words(fields, name, needed)) {
    const auto value = parse(std::string_view(word));
    if (value) {
      values.insert(*value);
    } else {
      fields.fault(fields.required(name).mark, fmt::format("expected {}, found {}", expected, text::found(word)));
    }
  }
  return values;
}

std::set<Environment> environments(YamlFields& fields) {
  return set_of(fields, "environments", true, parse_environment, "local, integration, staging or production");
}

Hardware hardware(YamlFields& fields) {
  const auto* const member = fields.optional("hardware");
  if (member == nullptr) return Hardware::any;
  const auto parsed = parse_hardware(member->scalar);
  if (!parsed) fields.fault(member->mark, "expected touch or pin, found " + found(*member));
  return parsed.value_or(Hardware::any);
}

Result<Slot> load_slot(const Yaml& node) {
  Slot slot;
  YamlFields fields(node, approvals_file(), "slot");
  slot.name = fields.string("name");
  if (!is_name(slot.name))
    fields.fault(fields.required("name").mark,
                 "expected a slot's name ([a-z][a-z0-9-]*, at most 32), found " + text::found(slot.name));
  slot.roles = words(fields, "roles", true);
  for (const auto& role : slot.roles) {
    if (!is_name(role) || role == "everyone")
      fields.fault(fields.required("roles").mark, "expected a role's name, found " + text::found(role));
    // Who decides whose signatures count gives none by that alone (ISOLATION, roles; requirements, section 3).
    if (role == "admin" || role == "recovery")
      fields.fault(fields.required("roles").mark, "expected a role of people who sign runs, found " + text::found(role));
  }
  slot.hardware = hardware(fields);
  slot.attested = fields.boolean_or("attested", false);
  BLC_CHECK(fields.finish());
  return slot;
}

Result<std::vector<Slot>> load_slots(const Yaml& node) {
  std::vector<Slot> slots;
  if (node.kind != Yaml::Kind::list || node.list.size() > kMostSlots)
    return refuse(approvals_file(), node.mark,
                  fmt::format("expected a list of at most {} slots, found {}", kMostSlots,
                              node.kind == Yaml::Kind::list ? "more" : found(node)));
  for (const auto& element : node.list) {
    BLC_TRY(auto slot, load_slot(element));
    if (std::ranges::find(slots, slot.name, &Slot::name) != slots.end())
      return refuse(approvals_file(), element.mark,
                    fmt::format("expected each slot's name once, found \"{}\" again", slot.name));
    slots.push_back(std::move(slot));
  }
  return slots;
}

Result<const Yaml*> only_list(const Yaml& root, const std::string& file, std::string_view name) {
  YamlFields fields(root, file, "policy");
  const auto& list = fields.required(name);
  BLC_CHECK(fields.finish());
  if (list.kind != Yaml::Kind::list)
    return refuse(file, list.mark, fmt::format("expected a list for \"{}\", found {}", name, found(list)));
  return &list;
}

std::optional<std::chrono::year_month_day> date(YamlFields& fields, std::string_view name) {
  const auto& member = fields.required(name);
  const auto parsed = parse_date(member.scalar);
  if (!parsed) fields.fault(member.mark, fmt::format("expected a date such as 2026-12-24 for \"{}\", found {}", name, found(member)));
  return parsed;
}

std::optional<std::chrono::minutes> minute(YamlFields& fields, std::string_view name) {
  const auto& member = fields.required(name);
  const auto parsed = parse_minute(member.scalar);
  if (!parsed) fields.fault(member.mark, fmt::format("expected a time of day such as \"08:00\" for \"{}\", found {}", name, found(member)));
  return parsed;
}

Result<Window> load_window(const Yaml& node) {
  Window window;
  YamlFields fields(node, approvals_file(), "window");
  for (const auto& name : words(fields, "days", true)) {
    const auto* const day = std::ranges::find(kDays, name);
    if (day == kDays.end()) fields.fault(fields.required("days").mark, "expected mon, tue, wed, thu, fri, sat or sun, found " + text::found(name));
    if (day != kDays.end()) window.days.insert(static_cast<unsigned>(day - kDays.begin()));
  }
  const auto from = minute(fields, "from");
  const auto to = minute(fields, "to");
  if (from && to && *from >= *to) fields.fault(fields.required("to").mark, "expected a time after \"from\" on the same day; a window across midnight is two");
  BLC_CHECK(fields.finish());
  window.from = *from;
  window.to = *to;
  return window;
}

Result<Freeze> load_freeze(const Yaml& node) {
  YamlFields fields(node, approvals_file(), "freeze");
  const auto from = date(fields, "from");
  const auto to = date(fields, "to");
  auto because = fields.string("because");
  if (from && to && *from > *to) fields.fault(fields.required("to").mark, "expected a day that is not before \"from\"");
  // Read in refusals, as it stands.
  if (!text::plain(because)) fields.fault(fields.required("because").mark, "expected one line of plain Latin text, found " + text::found(because));
  BLC_CHECK(fields.finish());
  return Freeze{*from, *to, std::move(because)};
}

template <class Load>
auto list_of(const Yaml* node, Load load) -> Result<std::vector<typename decltype(load(*node))::value_type>> {
  std::vector<typename decltype(load(*node))::value_type> values;
  if (node == nullptr) return values;
  if (node->kind != Yaml::Kind::list || node->list.empty() || node->list.size() > kMostEntries)
    return refuse(approvals_file(), node->mark, fmt::format("expected a list of 1 to {}, found {}", kMostEntries, found(*node)));
  for (const auto& element : node->list) {
    BLC_TRY(auto value, load(element));
    values.push_back(std::move(value));
  }
  return values;
}

// A time from `least` to `most`, written as 1h or 45m.
std::chrono::seconds duration(YamlFields& fields, std::string_view name, std::chrono::seconds least, std::chrono::seconds most) {
  const auto& member = fields.required(name);
  const auto parsed = parse_duration(member.scalar);
  const bool fits = parsed && *parsed >= least && *parsed <= most;
  if (!fits) fields.fault(member.mark, fmt::format("expected a time from {} to {}, found {}", blc::to_string(least), blc::to_string(most), found(member)));
  return fits ? *parsed : least;
}

Result<BreakGlass> load_break_glass(const Yaml& node, const ApprovalRule& rule, bool clinical) {
  constexpr std::int64_t kMostReviewers = 8;
  if (!clinical) return refuse(approvals_file(), node.mark, "expected break-glass only in a rule with \"classification: clinical\"");
  BreakGlass glass;
  YamlFields fields(node, approvals_file(), "break-glass");
  glass.keeps = fields.strings_or_none("keeps");
  for (const auto& name : glass.keeps) {
    if (std::ranges::find(rule.slots, name, &Slot::name) == rule.slots.end())
      fields.fault(fields.required("keeps").mark, fmt::format("expected the names of slots of this rule, found {}", text::found(name)));
  }
  glass.lasts = duration(fields, "lasts", std::chrono::minutes(1), kLongestGlass);
  const auto reviewers = fields.integer("reviewers");
  if (reviewers < static_cast<std::int64_t>(kFewestReviewers) || reviewers > kMostReviewers)
    fields.fault(fields.required("reviewers").mark,
                 fmt::format("expected a number from {} to {}, found {}", kFewestReviewers, kMostReviewers, found(fields.required("reviewers"))));
  glass.reviewers = static_cast<std::size_t>(reviewers);
  glass.review_within = duration(fields, "review-within", std::chrono::hours(1), kLongestReview);
  BLC_CHECK(fields.finish());
  ApprovalRule broken = rule;
  broken.break_glass = glass;
  if (slots_kept(broken).size() == rule.slots.size())
    return refuse(approvals_file(), node.mark, "expected fewer slots to be kept than the rule has: break-glass would change nothing");
  return glass;
}

}  // namespace

struct Policy::Loading {
  static Result<CellRule> rule(const Yaml& node) {
    CellRule cell;
    YamlFields fields(node, approvals_file(), "rule");
    cell.verbs = words(fields, "verbs", false);
    for (const auto& pattern : cell.verbs) {
      if (!is_pattern(pattern))
        fields.fault(fields.required("verbs").mark,
                     "expected a verb's name or a pattern like feature-*, found " + text::found(pattern));
    }
    if (const auto* const classification = fields.optional("classification")) {
      cell.classification = parse_classification(classification->scalar);
      if (!cell.classification)
        fields.fault(classification->mark, "expected personal, business or clinical, found " + found(*classification));
    }
    cell.environments = environments(fields);
    const auto& slots = fields.required("slots");
    const auto deadline = parse_duration(fields.string("deadline"));
    if (!deadline || *deadline < std::chrono::minutes(1) || *deadline > std::chrono::days(30))
      fields.fault(fields.required("deadline").mark,
                   "expected a time from 1m to 30d, found " + found(fields.required("deadline")));
    cell.rule.requester_may_sign = fields.boolean_or("requester-may-sign", false);
    cell.rule.requester_may_execute = fields.boolean_or("requester-may-execute", true);
    cell.rule.approver_may_execute = fields.boolean_or("approver-may-execute", true);
    if (const auto* const seen = fields.optional("seen")) {
      cell.rule.seen_revealed = seen->scalar == "revealed";
      if (!cell.rule.seen_revealed) fields.fault(seen->mark, "expected revealed, found " + found(*seen));
    }
    if (const auto* const fidelity = fields.optional("fidelity")) {
      cell.rule.fidelity = parse_fidelity(fidelity->scalar);
      if (!cell.rule.fidelity) fields.fault(fidelity->mark, "expected exact, estimate or none, found " + found(*fidelity));
    }
    const auto* const glass = fields.optional("break-glass");
    const auto* const windows = fields.optional("windows");
    const auto* const freezes = fields.optional("freezes");
    if (const auto* const zone = fields.optional("zone")) {
      cell.rule.calendar.zone = zone->scalar;
      if (const auto checked = check_zone(zone->scalar); !checked) fields.fault(zone->mark, checked.error().message + ", found " + found(*zone));
      if (windows == nullptr && freezes == nullptr) fields.fault(zone->mark, "expected windows or freezes beside a zone, found none");
    }
    const auto least = hardware(fields);
    const bool attested = fields.boolean_or("attested", false);
    BLC_CHECK(fields.finish());
    cell.rule.deadline = *deadline;
    BLC_TRY(cell.rule.slots, load_slots(slots));
    BLC_TRY(cell.rule.calendar.windows, list_of(windows, load_window));
    BLC_TRY(cell.rule.calendar.freezes, list_of(freezes, load_freeze));
    // Said of the rule, it is the least that each slot asks for: a slot may ask for more, never for less.
    for (auto& slot : cell.rule.slots) {
      slot.hardware = std::max(slot.hardware, least);
      slot.attested = slot.attested || attested;
    }
    if (glass != nullptr) {
      BLC_TRY(cell.rule.break_glass, load_break_glass(*glass, cell.rule, cell.classification == Classification::clinical));
    }
    cell.rule.source = source(approvals_file(), node);
    return cell;
  }

  static Result<Grant> grant(const Yaml& node) {
    Grant grant;
    YamlFields fields(node, access_file(), "grant");
    grant.role = fields.string("role");
    if (!is_name(grant.role))
      fields.fault(fields.required("role").mark,
                   "expected a role's name ([a-z][a-z0-9-]*, at most 32), found " + text::found(grant.role));
    grant.environments = environments(fields);
    grant.rights = set_of(fields, "rights", true, parse_right,
                          "plan, read, approve, execute, deploy, monitor, audit, reveal, break-glass or tier-check");
    grant.classifications =
        set_of(fields, "classifications", false, parse_classification, "personal, business or clinical");
    grant.marked = words(fields, "marked", false);
    for (const auto& mark : grant.marked) {
      if (std::ranges::find(kMarks, mark) == kMarks.end())
        fields.fault(fields.required("marked").mark,
                     "expected demo, call-centre or deployment, found " + text::found(mark));
    }
    BLC_CHECK(fields.finish());
    grant.source = source(access_file(), node);
    return grant;
  }

  // A cell without a rule would leave a run without an answer; a rule for some verbs only does not cover it.
  static Result<> covered(const Policy& policy, text::Mark mark) {
    for (const auto classification : kClassifications) {
      for (const auto environment : kEnvironments) {
        const auto covers = [&](const CellRule& cell) {
          return cell.verbs.empty() && cell.environments.contains(environment) &&
                 (!cell.classification || *cell.classification == classification);
        };
        if (std::ranges::none_of(policy.rules_, covers))
          return refuse(approvals_file(), mark,
                        fmt::format("expected a rule without \"verbs\" for {} verbs in {}, found none",
                                    to_string(classification), to_string(environment)));
      }
    }
    return {};
  }
};

Result<Policy> Policy::load(std::string_view approvals, std::string_view access) {
  Policy policy;
  BLC_TRY(const auto approvals_root, text::parse_yaml(approvals, approvals_file()));
  BLC_TRY(const auto* const rules, only_list(approvals_root, approvals_file(), "rules"));
  for (const auto& node : rules->list) {
    BLC_TRY(auto rule, Loading::rule(node));
    policy.rules_.push_back(std::move(rule));
  }
  BLC_CHECK(Loading::covered(policy, rules->mark));
  BLC_TRY(const auto access_root, text::parse_yaml(access, access_file()));
  BLC_TRY(const auto* const grants, only_list(access_root, access_file(), "grants"));
  for (const auto& node : grants->list) {
    BLC_TRY(auto grant, Loading::grant(node));
    policy.grants_.push_back(std::move(grant));
  }
  return policy;
}

}  // namespace blc::policy

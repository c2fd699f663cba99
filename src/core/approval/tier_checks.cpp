#include "core/approval/tier_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/approval/counted.hpp"
#include "core/approval/replay_inside.hpp"

namespace blc::approval {

using ledger::Kind;
using text::Fields;
using plan::environment_of;
using plan::rules_digest;
using text::Json;
using tier::Status;

namespace {

constexpr std::uint64_t kReadAtOnce = 1000;
// How far the clocks of two honest machines may be apart.
constexpr std::chrono::hours kClocksApart{24};

Result<TierCheck::Result> read_result(const Json& json) {
  Fields fields(json, "result");
  TierCheck::Result result{fields.string("rule"), fields.as("status", tier::parse_status), fields.string("subject")};
  BLC_CHECK(fields.finish());
  return result;
}

// Why this principal may not sign a check of that tier at `size`, or nothing.
std::optional<std::string> bar(const trust::History& trust, std::uint64_t size, const TierCheck& check, std::string_view name, const crypto::PublicKey& key) {
  const auto* const root = trust.root_at(size);
  const auto* const principal = root == nullptr ? nullptr : root->find(name);
  const auto* const catalog = trust.catalog_at(size);
  const auto environment = environment_of(check.to);
  const bool known = principal != nullptr && principal->holds(key) && catalog != nullptr;
  if (!known || !catalog->policy().allows_some(principal->roles, is_person(principal), environment, policy::Right::tier_check))
    return fmt::format("{} may not record checks of {}", name, to_string(check.to));
  return std::nullopt;
}

// What cannot be read tells no time.
bool written_before(const Log& log, std::uint64_t leaf, Timestamp time) {
  bool before = false;
  log.store().read(leaf, leaf + 1, [&](std::uint64_t, std::string_view bytes) {
    const auto entry = ledger::decode_entry(bytes);
    before = entry && entry->header.at < time;
    return false;
  });
  return before;
}

}  // namespace

bool TierCheck::ready() const {
  return std::ranges::none_of(results, [&](const auto& each) { return each.status == Status::fail || (strict && each.status == Status::warn); });
}

TierCheck tier_check_of(const tier::Report& report, bool strict, const Digest& rules) {
  TierCheck check{report.from, report.to, strict, report.configuration, rules, {}};
  for (const auto& finding : report.findings) check.results.push_back({finding.rule, finding.status, finding.subject});
  return check;
}

Json tier_check_body(const TierCheck& check) {
  Json::Array results;
  for (const auto& each : check.results) results.emplace_back(Json::Object{{"rule", each.rule}, {"status", to_string(each.status)}, {"subject", each.subject}});
  return Json::Object{{"from", to_string(check.from)},
                      {"to", to_string(check.to)},
                      {"ready", check.ready()},
                      {"strict", check.strict},
                      {"config_digest", check.configuration.hex()},
                      {"rules", check.rules.hex()},
                      {"results", std::move(results)}};
}

Result<TierCheck> read_tier_check(const Json& body) {
  Fields fields(body, "tier-check");
  TierCheck check{fields.as("from", tier::tier_named), fields.as("to", tier::tier_named), fields.boolean("strict"),
                  fields.as("config_digest", Digest::parse_hex), fields.as("rules", Digest::parse_hex), {}};
  const bool ready = fields.boolean("ready");
  const auto& results = fields.array("results");
  if (results.empty()) fields.fault("results", "is empty");
  for (const auto& each : results) {
    BLC_TRY(auto result, read_result(each));
    check.results.push_back(std::move(result));
  }
  if (ready != check.ready()) fields.fault("ready", "is not what the results say");
  BLC_CHECK(fields.finish());
  return check;
}

Result<AppendedEntry> record_tier_check(Log& log, ports::Signer& signer, const std::string& by, const TierCheck& check) {
  BLC_TRY(const auto key, crypto::PublicKey::parse_blob(signer.public_blob()));
  return log.append(signer, by, [&](const Replay& replay) -> Result<Draft> {
    if (auto why = bar(replay.trust(), replay.size(), check, by, key))
      return fail(Exit::refused, *std::move(why), fmt::format("{} says which role has the right tier-check there", policy::Policy::kAccessPath));
    if (rules_digest(*replay.catalog()) != check.rules)
      return fail(Exit::refused, "the rules of the tiers have changed since the check", "check again");
    return Draft{Kind::tier_check, std::nullopt, tier_check_body(check), {}};
  });
}

Result<std::vector<tier::Recorded>> recorded_tier_checks(const Log& log, tier::Tier tier, const plan::TierRules& held) {
  const auto since = log.now() - 2 * held.reach();
  std::vector<tier::Recorded> found;
  for (auto end = log.replay().size(); end > 0;) {
    const auto begin = end - std::min(end, kReadAtOnce);
    std::vector<tier::Recorded> these;
    BLC_CHECK(each_counted(log, Kind::tier_check, begin, end, [&](std::uint64_t, const Entry& entry) {
      const auto at = entry.header.at;
      const auto stated = read_tier_check(entry.body);
      // Going back to a tier is held against less than coming to it, and is no evidence of it.
      if (!stated || stated->to != tier || stated->from > stated->to || at < since) return;
      these.push_back({stated->configuration, stated->ready(), stated->rules == held.digest,
                       std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(at)), entry.header.by});
    }));
    found.insert(found.end(), these.rbegin(), these.rend());
    if (written_before(log, begin, since - kClocksApart)) break;
    end = begin;
  }
  return found;
}

// By whoever may, held against the rules that they saw.
Judgement Replay::Inside::inspect_tier_check(const Entry& entry) const {
  const auto check = read_tier_check(entry.body);
  if (!check) return void_entry(check.error().message);
  const auto& header = entry.header;
  if (const auto why = bar(trust, header.head.size, *check, header.by, entry.signature.key)) return void_entry(*why);
  if (rules_digest(*trust.catalog_at(header.head.size)) != check->rules) return void_entry("it was held against other rules than those adopted");
  if (const auto why = bar(trust, index(), *check, header.by, entry.signature.key)) return late(*why);
  return counts(std::monostate{});
}

}  // namespace blc::approval

#include "core/tier/waivers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/time.hpp"
#include "core/base/words.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"
#include "core/text/yaml.hpp"

namespace blc::tier {

namespace {

using text::Yaml;
using text::YamlFields;

constexpr std::size_t kMostWaivers = 200;

std::set<Tier> tiers_of(YamlFields& fields) {
  std::set<Tier> tiers;
  const auto* const node = fields.optional("tiers");
  if (node == nullptr) return tiers;
  for (const auto& element : node->list) {
    const auto tier = tier_named(element.scalar);
    if (!tier) fields.fault(element.mark, "expected development, integration, staging or production, found " + text::found(element));
    else tiers.insert(*tier);
  }
  if (node->list.empty()) fields.fault(node->mark, "expected a list of tiers, found none");
  return tiers;
}

Result<Waiver> read_waiver(const Yaml& node, const std::string& file, const Rules& rules) {
  YamlFields fields(node, file, "waiver");
  Waiver waiver;
  waiver.line = node.mark.line;
  waiver.rule = fields.string("rule");
  if (const auto rule = rules.rule(waiver.rule); !rule)
    fields.fault(fields.required("rule").mark, fmt::format("expected the ID of a rule, found {}", text::found(waiver.rule)));
  else if ((*rule)->family == Family::path || (*rule)->family == Family::evidence || (*rule)->family == Family::waiver)
    fields.fault(fields.required("rule").mark, fmt::format("expected a rule that may be waived, found {}", text::found(waiver.rule)));
  waiver.subject = fields.string("subject");
  waiver.tiers = tiers_of(fields);
  waiver.reason = fields.string("reason");
  waiver.approved_by = fields.string("approved-by");
  if (!is_name(waiver.approved_by)) fields.fault(fields.required("approved-by").mark, "expected the name of a person, found " + text::found(waiver.approved_by));
  const auto date = parse_date(fields.string("expires"));
  if (!date) fields.fault(fields.required("expires").mark, "expected a day like 2026-11-22, found " + text::found(fields.required("expires")));
  waiver.expires = date.value_or(std::chrono::year_month_day{});
  BLC_CHECK(fields.finish());
  return waiver;
}

Result<Waivers> load_waivers(std::string_view text, const std::string& file, const Rules& rules) {
  BLC_TRY(const auto root, text::parse_yaml(text, file));
  if (root.kind != Yaml::Kind::map) return std::unexpected(text::yaml_error(file, root.mark, "expected a map (waivers), found something else"));
  YamlFields fields(root, file, "waivers");
  const auto& list = fields.required("waivers");
  BLC_CHECK(fields.finish());
  if (list.kind != Yaml::Kind::list || list.list.size() > kMostWaivers)
    return std::unexpected(text::yaml_error(file, list.mark, fmt::format("expected a list of at most {} waivers", kMostWaivers)));
  Waivers waivers{file, {}};
  for (const auto& each : list.list) {
    BLC_TRY(auto waiver, read_waiver(each, file, rules));
    const auto same = [&](const Waiver& other) { return other.rule == waiver.rule && other.subject == waiver.subject && other.tiers == waiver.tiers; };
    if (std::ranges::any_of(waivers.waivers, same)) return std::unexpected(text::yaml_error(file, each.mark, "expected each waiver once, found one again"));
    waivers.waivers.push_back(std::move(waiver));
  }
  return waivers;
}

}  // namespace

Result<Waivers> Waivers::load(std::string_view text, const std::string& file, const Rules& rules) {
  auto loaded = load_waivers(text, file, rules);
  if (!loaded) loaded.error().hint = "mend that line; blc-tier(1) says what may stand there";
  return loaded;
}

const Waiver* Waivers::find(std::string_view rule, std::string_view subject, Tier tier) const {
  const auto found = std::ranges::find_if(waivers, [&](const Waiver& each) {
    return each.rule == rule && each.subject == subject && (each.tiers.empty() || each.tiers.contains(tier));
  });
  return found == waivers.end() ? nullptr : &*found;
}

}  // namespace blc::tier

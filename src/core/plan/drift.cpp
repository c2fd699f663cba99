#include "core/plan/drift.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/crypto/digest.hpp"
#include "core/policy/data_classes.hpp"
#include "core/policy/environments.hpp"
#include "core/policy/policy.hpp"
#include "core/verb/verb.hpp"

namespace blc::plan {

using text::Json;

namespace {

// The parts of a resolution that differ, named for people.
void compare(std::vector<std::string>& found, std::string_view what, const Json& before, const Json& after) {
  if (before == after) return;
  const auto shown = [](const Json& json) {
    const auto* const text = json.get_if<std::string>();
    return text != nullptr && text->size() <= 80 ? *text : crypto::sha256(text::canonical(json)).tagged();
  };
  found.push_back(fmt::format("{}: was {}, is {}", what, shown(before), shown(after)));
}

std::string shown(const Reliance& reliance) {
  return fmt::format("{} version {} {}", reliance.id, reliance.version, reliance.digest);
}

void compare(std::vector<std::string>& found, const std::vector<Reliance>& before, const std::vector<Reliance>& after) {
  for (const auto& was : before) {
    const auto is = std::ranges::find(after, was.need, &Reliance::need);
    const auto name = privacy::words_for(was.need);
    if (is == after.end()) found.push_back(fmt::format("{}: was {}, is no longer asked for", name, shown(was)));
    else if (*is != was) found.push_back(fmt::format("{}: was {}, is {}", name, shown(was), shown(*is)));
  }
  for (const auto& is : after) {
    if (std::ranges::find(before, is.need, &Reliance::need) == before.end())
      found.push_back(fmt::format("{}: is new, {}", privacy::words_for(is.need), shown(is)));
  }
}

// The policy's files, and where a plan keeps what each of them said.
struct PolicyText {
  std::string_view path;
  std::string Governing::*text;
};
constexpr std::array kPolicyTexts{PolicyText{policy::Policy::kApprovalsPath, &Governing::approvals_text},
                                  PolicyText{policy::Policy::kAccessPath, &Governing::access_text},
                                  PolicyText{policy::Environments::kPath, &Governing::environments_text},
                                  PolicyText{policy::DataClasses::kPath, &Governing::data_classes_text}};

// Whoever recorded the check of a tier again changed nothing.
Resolution as_approved(Resolution now, const Resolution& approved) {
  if (approved.migrates && now.migrates) now.migrates->evidence = approved.migrates->evidence;
  return now;
}

// What a line of drift() is about, in the words of somebody who has not written the verb.
std::string kind_of(std::string_view line) {
  const auto name = line.substr(0, std::min({line.find(": was "), line.find(": is new, "), line.size()}));
  const auto after = [&](std::string_view lead) { return std::string(name.substr(lead.size())); };
  if (name.starts_with("program ")) return fmt::format("the program {} of this machine, as by an update of its system", after("program "));
  if (name.starts_with("file verbs/")) return "the script " + after("file ");
  const auto credential = fmt::format("file {}/", verb::kCredentialsFolder);
  if (name.starts_with(credential)) return "the credential " + after(credential);
  if (name.starts_with("file ")) return "the file " + after("file ");
  if (name.starts_with("link ")) return "where the link " + after("link ") + " points";
  if (name.starts_with("preview of ")) return "what would come of step " + after("preview of ");
  if (name.starts_with("output of ")) return "what step " + after("output of ") + " found";
  if (name.starts_with("verbs/")) return "the verb's file " + std::string(name);
  if (name.starts_with("polic")) return "the policy";
  if (name == "isolation") return "how programs are isolated on this machine";
  if (name.starts_with("consent to ")) return "the " + std::string(name) + " on file";
  if (name == "a care relation") return "the care team on file";
  if (name.starts_with("contact by ")) return "the subject's own record, which it is contacted by";
  if (name == "migrates") return "the settings of the tiers";
  if (name == "requires") return "the run that this one requires";
  return "what the verb would do";
}

}  // namespace

std::vector<std::string> drift(const Resolution& approved, const Resolution& now) {
  std::vector<std::string> found;
  for (const auto& [name, value] : approved.observations) {
    const auto other = now.observations.find(name);
    if (other == now.observations.end()) {
      found.push_back(fmt::format("{}: was {}, is no longer there", name, value));
    } else if (other->second != value) {
      found.push_back(fmt::format("{}: was {}, is {}", name, value, other->second));
    }
  }
  for (const auto& [name, value] : now.observations) {
    if (!approved.observations.contains(name)) found.push_back(fmt::format("{}: is new, {}", name, value));
  }
  const auto before = approved.to_json();
  const auto after = as_approved(now, approved).to_json();
  for (const auto& [name, value] : *before.get_if<Json::Object>()) {
    if (name == "observations" || name == "governing" || name == "relies_on") continue;
    const auto* const other = after.find(name);
    compare(found, name, value, other == nullptr ? Json() : *other);
  }
  compare(found, approved.relies_on, now.relies_on);
  compare(found, approved.governing.verb_path, approved.governing.verb_text, now.governing.verb_text);
  for (const auto& [path, text] : kPolicyTexts) compare(found, path, approved.governing.*text, now.governing.*text);
  if (found.empty() && before != after) found.emplace_back("the plan resolves to something else");
  return found;
}

std::vector<std::string> changed_texts(const Governing& approved, const trust::Catalog& now) {
  std::vector<std::string> changed;
  if (now.text(approved.verb_path) != approved.verb_text) changed.push_back(approved.verb_path);
  for (const auto& [path, text] : kPolicyTexts) {
    if (now.text(path) != approved.*text) changed.emplace_back(path);
  }
  return changed;
}

std::string kinds_of_drift(const std::vector<std::string>& drift) {
  std::vector<std::string> kinds;
  for (const auto& line : drift) {
    auto kind = kind_of(line);
    if (std::ranges::find(kinds, kind) == kinds.end()) kinds.push_back(std::move(kind));
  }
  return fmt::format("{}", fmt::join(kinds, "; "));
}

}  // namespace blc::plan

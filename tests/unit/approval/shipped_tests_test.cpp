// The policy tests that a new practice starts with: they hold, and each line of the shipped policy is held by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/approval/policy_tests.hpp"
#include "core/approval/slots.hpp"
#include "support/world.hpp"

namespace blc::approval {
namespace {

namespace fs = std::filesystem;
using Files = trust::Catalog::Files;

Files shipped() {
  Files files;
  for (const auto* const folder : {"verbs", "policies"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(BLC_SOURCE_DIR) / folder)) {
      if (!entry.is_regular_file()) continue;
      std::ostringstream bytes;
      bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      files.emplace(fs::relative(entry.path(), BLC_SOURCE_DIR).string(), bytes.str());
    }
  }
  return files;
}

std::vector<PolicyTestResult> failures(const Files& files) {
  const auto catalog = testing::must(trust::Catalog::make(1, files));
  std::vector<PolicyTestResult> failed;
  for (const auto& [path, bytes] : files) {
    if (!path.starts_with(kPolicyTestsFolder)) continue;
    for (auto& result : testing::must(run_policy_tests(bytes, path, catalog))) {
      if (!result.passed) failed.push_back(std::move(result));
    }
  }
  return failed;
}

// A change of one line that still loads, and where.
struct Mutant {
  std::string what;
  std::string line;
  Files files;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void add(std::vector<Mutant>& mutants, const Files& files, const std::string& path, std::vector<std::string> lines,
         std::size_t at, const std::string& changed) {
  const auto what = lines[at] + " -> " + changed;
  lines[at] = changed;
  auto other = files;
  auto& text = other.at(path);
  text.clear();
  for (const auto& line : lines) text += line + "\n";
  mutants.push_back({what, path + ":" + std::to_string(at + 1), std::move(other)});
}

// The words of "key: [a, b]" in a line.
std::vector<std::string> words_of(const std::string& line, const std::string& key) {
  const auto begin = line.find(key + ": [");
  if (begin == std::string::npos) return {};
  const auto first = begin + key.size() + 3;
  std::vector<std::string> words;
  std::istringstream in(line.substr(first, line.find(']', first) - first));
  for (std::string word; std::getline(in, word, ',');) words.push_back(word.substr(word.find_first_not_of(' ')));
  return words;
}

std::string with_words(const std::string& line, const std::string& key, const std::vector<std::string>& words) {
  const auto begin = line.find(key + ": [") + key.size() + 3;
  std::string list;
  for (const auto& word : words) list += (list.empty() ? "" : ", ") + word;
  return line.substr(0, begin) + list + line.substr(line.find(']', begin));
}

// Each word left out where others stay, and each of `more` added.
std::vector<std::string> changes_of(const std::string& line, const std::string& key, const std::vector<std::string>& more) {
  std::vector<std::string> changed;
  const auto words = words_of(line, key);
  if (words.empty()) return changed;
  for (const auto& word : words) {
    auto others = words;
    std::erase(others, word);
    if (!others.empty()) changed.push_back(with_words(line, key, others));
  }
  for (const auto& word : more) {
    auto longer = words;
    longer.push_back(word);
    if (std::ranges::find(words, word) == words.end()) changed.push_back(with_words(line, key, longer));
  }
  return changed;
}

std::vector<Mutant> mutants_of_access(const Files& files) {
  const std::string path(policy::Policy::kAccessPath);
  const std::vector<std::string> rights{"plan", "read", "approve", "execute", "deploy", "monitor", "audit", "reveal", "break-glass", "tier-check"};
  const auto lines = lines_of(files.at(path));
  std::vector<Mutant> mutants;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const auto& line = lines[at];
    if (line.find("- {role:") == std::string::npos) continue;
    add(mutants, files, path, lines, at, "");
    for (const auto& changed : changes_of(line, "rights", rights)) add(mutants, files, path, lines, at, changed);
    for (const auto& changed : changes_of(line, "environments", {"local", "integration", "staging", "production"})) add(mutants, files, path, lines, at, changed);
    for (const auto& changed : changes_of(line, "classifications", {"personal", "business", "clinical"})) add(mutants, files, path, lines, at, changed);
    for (const auto& changed : changes_of(line, "marked", {"demo", "call-centre", "deployment"})) add(mutants, files, path, lines, at, changed);
  }
  return mutants;
}

std::vector<Mutant> mutants_of_approvals(const Files& files) {
  const std::string path(policy::Policy::kApprovalsPath);
  const std::vector<std::string> roles{"clinical-lead", "privacy-officer", "practice-manager", "devops", "security", "qa", "developer"};
  const auto lines = lines_of(files.at(path));
  std::vector<Mutant> mutants;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const auto& line = lines[at];
    for (const auto& changed : changes_of(line, "roles", roles)) add(mutants, files, path, lines, at, changed);
    const auto no = line.find("requester-may-sign: false");
    if (no != std::string::npos && line.find('#') == std::string::npos) add(mutants, files, path, lines, at, "    requester-may-sign: true");
    // A slot that goes, where another stays.
    const bool slot = line.starts_with("      - {name:");
    if (slot && (lines[at + 1].starts_with("      - {name:") || lines[at - 1].starts_with("      - {name:"))) add(mutants, files, path, lines, at, "");
    for (const std::string name : {"feature-deploy", "tier-promote *"}) {
      const auto found = line.starts_with("  - verbs:") ? line.find(name) : std::string::npos;
      if (found != std::string::npos) add(mutants, files, path, lines, at, std::string(line).replace(found, name.size(), "other"));
    }
  }
  return mutants;
}

// Of environments and data classes, as far as tests are about them; those that do not load are left out.
std::vector<Mutant> mutants_of_terms(const Files& files) {
  std::vector<Mutant> mutants;
  for (const std::string path : {"policies/environments.yaml", "policies/data-classes.yaml"}) {
    const auto lines = lines_of(files.at(path));
    for (std::size_t at = 0; at < lines.size(); ++at) {
      const auto& line = lines[at];
      std::vector<std::string> changes = changes_of(line, "    data", {"mock", "synthetic", "anonymised", "real"});
      for (const std::string key : {"    environments", "    stand-ins"})
        for (auto& changed : changes_of(line, key, {"local", "integration", "staging", "production"})) changes.push_back(std::move(changed));
      if (line.starts_with("    network: []")) changes.emplace_back("    network: [api.example.org]");
      for (const std::string word : {"basic", "full", "comprehensive", "immutable"})
        if (line.starts_with("    audit: ") && !line.starts_with("    audit: " + word)) changes.push_back("    audit: " + word);
      for (const std::string word : {"basic", "standard", "envelope"})
        if (line.starts_with("    encryption: ") && !line.starts_with("    encryption: " + word) && line.find("true") == std::string::npos) changes.push_back("    encryption: " + word);
      for (const std::string word : {"personal", "business", "clinical"})
        if (line.starts_with("    verbs: ") && !line.starts_with("    verbs: " + word)) changes.push_back("    verbs: " + word);
      for (const auto& changed : changes) add(mutants, files, path, lines, at, changed);
    }
  }
  std::erase_if(mutants, [](const auto& mutant) { return !trust::Catalog::make(1, mutant.files); });
  return mutants;
}

TEST(ShippedPolicyTests, HoldForTheShippedPolicy) {
  const auto failed = failures(shipped());
  for (const auto& each : failed) ADD_FAILURE() << each.source << " " << each.question << ": expected " << each.expected << ", got " << each.got << ": " << each.reason;
}

// All that a policy comes to for single roles: who holds which right, and who fills which slot.
std::string effect_of(const Files& files) {
  const auto policy = testing::must(policy::Policy::load(files.at("policies/approvals.yaml"), files.at("policies/access.yaml")));
  const std::vector<std::string> roles{"developer", "devops", "qa", "security", "operations", "stakeholder", "clinician", "clinical-lead",
                                       "privacy-officer", "billing", "practice-manager", "call-centre-agent", "ci"};
  std::string effect;
  const auto note = [&](bool yes) { effect += yes ? '1' : '0'; };
  for (const auto environment : kEnvironments) {
    for (const auto classification : kClassifications) {
      for (const std::string mark : {"", "demo", "call-centre", "deployment"}) {
        const policy::VerbTraits verb{"feature-deploy", classification, mark.empty() ? std::vector<std::string>() : std::vector{mark}};
        for (const auto& role : roles) {
          for (const auto right : policy::all_rights()) note(policy.allows({role}, role != "ci", environment, right, verb));
          for (const std::string name : {"", "feature-deploy", "tier-promote run"}) {
            const auto& rule = policy.rule(classification, environment, name);
            // A verb of that name is business and a deployment.
            if (!name.empty() && (classification != Classification::business || mark != "deployment")) continue;
            note(rule.requester_may_sign);
            for (const auto& slot : rule.slots)
              note(fits(slot, {role}) && policy.allows({role}, role != "ci", environment, policy::Right::approve, verb));
            effect += '.';
          }
        }
      }
    }
  }
  return effect;
}

// Of at least `least` changes that have an effect, each makes a test fail.
void expect_noticed(const std::vector<Mutant>& mutants, const Files& files, std::size_t least) {
  const auto before = effect_of(files);
  std::size_t with_effect = 0;
  for (const auto& mutant : mutants) {
    if (effect_of(mutant.files) == before) continue;
    ++with_effect;
    EXPECT_FALSE(failures(mutant.files).empty()) << mutant.line << ": " << mutant.what;
  }
  EXPECT_GE(with_effect, least);
}

TEST(ShippedPolicyTests, FailForEachChangeOfAGrantThatHasAnEffect) {
  const auto files = shipped();
  expect_noticed(mutants_of_access(files), files, 150);
}

TEST(ShippedPolicyTests, FailForEachChangeOfARuleThatHasAnEffect) {
  const auto files = shipped();
  expect_noticed(mutants_of_approvals(files), files, 15);
}

TEST(ShippedPolicyTests, FailForEachChangeOfDataAndEnvironmentsThatLoads) {
  const auto mutants = mutants_of_terms(shipped());
  EXPECT_GE(mutants.size(), 15U);
  for (const auto& mutant : mutants) EXPECT_FALSE(failures(mutant.files).empty()) << mutant.line << ": " << mutant.what;
}

TEST(ShippedPolicyTests, NameTheLineThatWasChanged) {
  auto files = shipped();
  auto& access = files.at("policies/access.yaml");
  const std::string was = "{role: qa, environments: [production], rights: [read]}";
  const auto at = access.find(was);
  ASSERT_NE(at, std::string::npos);
  const auto line = 1 + std::ranges::count(access.substr(0, at), '\n');
  access.replace(at, was.size(), "{role: qa, environments: [production], rights: [monitor]}");
  const auto failed = failures(files);
  ASSERT_FALSE(failed.empty());
  EXPECT_EQ(failed.front().policy, "policies/access.yaml:" + std::to_string(line));
  EXPECT_TRUE(failed.front().source.starts_with("policies/tests/rights.yaml:"));
}

}  // namespace
}  // namespace blc::approval

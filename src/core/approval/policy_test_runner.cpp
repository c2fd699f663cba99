#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/approval/policy_test_cases.hpp"

namespace blc::approval::policy_test {

namespace {

using policy::Right;

// What came of one question.
struct Got {
  std::string word;
  std::string reason;
  std::string source;
};

std::string_view to_string(Signed word) {
  switch (word) {
    case Signed::approved: return "approved";
    case Signed::missing: return "missing";
    case Signed::refused: return "refused";
  }
  return "refused";
}

std::string_view to_string(Touched word) {
  switch (word) {
    case Touched::real: return "real";
    case Touched::stand_in: return "stand-in";
    case Touched::no: return "no";
  }
  return "no";
}

class Runner {
 public:
  explicit Runner(const trust::Catalog& catalog) : catalog_(catalog), policy_(catalog.policy()), known_(known_roles(policy_)) {}

  PolicyTestResult run(const Case& test) const {
    PolicyTestResult result{test.name, test.source};
    for (const auto& verb : test.verbs) {
      for (const auto environment : test.environments) {
        if (!result.passed) return result;
        std::visit([&](const auto& asks) { hold(test, asks, verb, environment, result); }, test.asks);
      }
    }
    return result;
  }

 private:
  void hold(const Case& test, const RightsCase& asks, const policy::VerbTraits& verb, Environment environment,
            PolicyTestResult& result) const {
    for (const auto* const who : asks.who) {
      for (const auto right : policy::all_rights()) {
        const bool listed = std::ranges::find(asks.rights, right) != asks.rights.end();
        if (!result.passed || (!listed && asks.expected != Holds::only)) continue;
        const auto question = fmt::format("may {} {} {} in {}", who->asker.name, policy::to_string(right), verb_words(verb),
                                          to_string(environment));
        const bool wanted = listed && asks.expected != Holds::no;
        compare(test, question, wanted ? "yes" : "no", may(*who, right, verb, environment), result);
      }
    }
  }

  void hold(const Case& test, const SignaturesCase& asks, const policy::VerbTraits& verb, Environment environment,
            PolicyTestResult& result) const {
    std::vector<std::string> names;
    for (const auto* const signer : asks.signers) names.push_back(signer->asker.name);
    const auto question = fmt::format("{} in {}, asked for by {}, signed by {}", verb_words(verb), to_string(environment),
                                      asks.by->asker.name, names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", ")));
    compare(test, question + when_and_by(asks), to_string(asks.expected), decided(asks, verb, environment), result);
  }

  void hold(const Case& test, const DataCase& asks, const policy::VerbTraits& verb, Environment environment,
            PolicyTestResult& result) const {
    for (const auto& data : asks.classes) {
      if (!result.passed) return;
      const auto question = fmt::format("may {} touch {} data in {}", verb_words(verb), data, to_string(environment));
      compare(test, question, to_string(asks.expected), touched(data, verb, environment), result);
    }
  }

  void hold(const Case& test, const TermCase& asks, const policy::VerbTraits& verb, Environment environment,
            PolicyTestResult& result) const {
    const auto question = fmt::format("{} of {} in {}", asks.term, verb_words(verb), to_string(environment));
    compare(test, question, asks.expected, term(asks.term, verb, environment), result);
  }

  [[nodiscard]] Got touched(const std::string& data, const policy::VerbTraits& verb, Environment environment) const {
    const auto& terms = catalog_.data_classes().at(data);
    const auto source = catalog_.data_classes().source(data);
    if (verb.classification < terms.lowest)
      return {"no", fmt::format("only verbs that are {} or above touch {} data", to_string(terms.lowest), data), source};
    if (terms.environments.contains(environment)) return {"real", fmt::format("{} data itself", data), source};
    if (terms.stand_ins.contains(environment)) return {"stand-in", fmt::format("made-up data in place of {}", data), source};
    return {"no", fmt::format("{} data is nowhere in {}", data, to_string(environment)), source};
  }

  [[nodiscard]] Got term(const std::string& name, const policy::VerbTraits& verb, Environment environment) const {
    const auto& environments = catalog_.environments();
    const auto& terms = environments.at(environment);
    const auto source = environments.source(environment, name);
    if (name == "audit") {
      return {std::string(policy::to_string(environments.audit(environment, verb.classification))),
              "the higher of what its environment and its classification ask for", source};
    }
    if (name == "encryption") return {std::string(policy::to_string(terms.encryption)), "of every run there", source};
    std::vector<std::string> words = terms.hosts;
    if (name == "data") {
      words.clear();
      for (const auto kind : terms.data) words.emplace_back(policy::to_string(kind));
    }
    return {words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", ")), "of every run there", source};
  }

  static std::string when_and_by(const SignaturesCase& asks) {
    std::string text;
    if (asks.planned) text += ", planned " + blc::to_string(*asks.planned);
    if (asks.starter != nullptr) text += ", run by " + asks.starter->asker.name;
    if (asks.at) text += " at " + blc::to_string(*asks.at);
    return text;
  }

  static void compare(const Case& test, const std::string& question, std::string_view expected, const Got& got,
                      PolicyTestResult& result) {
    const bool as_expected = got.word == expected;
    if (as_expected && got.reason.find(test.because) != std::string::npos) return;
    result.passed = false;
    result.question = question;
    result.expected = expected;
    if (as_expected) result.expected += fmt::format(" because of \"{}\"", test.because);
    result.got = got.word;
    result.reason = got.reason;
    result.policy = got.source;
  }

  Got may(const Person& who, Right right, const policy::VerbTraits& verb, Environment environment) const {
    if (auto unknown = unknown_role(who)) return *std::move(unknown);
    const auto said = answer(policy_, who.asker, {right, environment, verb});
    return {said.allowed ? "yes" : "no", said.reason, said.source};
  }

  // Signatures first, then who starts it, then when: the order in which the gate asks.
  Got decided(const SignaturesCase& asks, const policy::VerbTraits& verb, Environment environment) const {
    auto got = signatures(asks, verb, environment);
    if (got.word != "approved") return got;
    const auto& rule = policy_.rule(verb.classification, environment, verb.name);
    if (asks.starter != nullptr) {
      if (auto barred = not_by(*asks.starter, asks, rule, verb, environment)) return *std::move(barred);
    }
    if (!asks.at) return got;
    if (asks.planned && *asks.at >= *asks.planned + rule.deadline)
      return {"refused", fmt::format("it expired {} after it was planned", blc::to_string(rule.deadline)), rule.source};
    if (const auto why = policy::shut(rule.calendar, *asks.at)) return {"refused", *why, rule.source};
    return got;
  }

  std::optional<Got> not_by(const Person& starter, const SignaturesCase& asks, const policy::ApprovalRule& rule,
                            const policy::VerbTraits& verb, Environment environment) const {
    const auto& name = starter.asker.name;
    auto right = may(starter, Right::execute, verb, environment);
    if (right.word == "no") return Got{"refused", fmt::format("{}: {}", name, right.reason), right.source};
    if (right.word != "yes") return right;
    if (&starter == asks.by && !rule.requester_may_execute) return Got{"refused", name + " asked for it, and somebody else is to run it", rule.source};
    if (std::ranges::find(asks.signers, &starter) != asks.signers.end() && !rule.approver_may_execute)
      return Got{"refused", name + " signed it, and somebody who did not is to run it", rule.source};
    return std::nullopt;
  }

  Got signatures(const SignaturesCase& asks, const policy::VerbTraits& verb, Environment environment) const {
    for (const auto* const signer : asks.signers) {
      if (auto unknown = unknown_role(*signer)) return *std::move(unknown);
    }
    auto asking = may(*asks.by, Right::plan, verb, environment);
    if (asking.word == "no") return {"refused", fmt::format("{}: {}", asks.by->asker.name, asking.reason), asking.source};
    if (asking.word != "yes") return asking;
    const auto& rule = policy_.rule(verb.classification, environment, verb.name);
    std::vector<std::string> uncounted;
    std::vector<Candidate> signatures;
    for (const auto* const signer : asks.signers) {
      const auto right = answer(policy_, signer->asker, {Right::approve, environment, verb});
      // Whether a slot takes them is for the matching to say.
      if (right.allowed || right.rule) signatures.push_back({signer->asker.name, signer->key, signer->asker.roles, signer->shown});
      else uncounted.push_back(fmt::format("{}'s does not count: no right to approve ({})", signer->asker.name, right.source));
    }
    return filled(rule, asks.by->asker.name, signatures, uncounted);
  }

  static Got filled(const policy::ApprovalRule& rule, const std::string& requester, const std::vector<Candidate>& signatures,
                    const std::vector<std::string>& uncounted) {
    const auto candidates = eligible(rule, requester, signatures);
    const auto matching = match(rule.slots, candidates);
    const auto given = static_cast<std::size_t>(std::ranges::count_if(matching, [](const auto& index) { return index.has_value(); }));
    auto reason = signatures_given(given, rule.slots.size());
    for (std::size_t slot = 0; slot < rule.slots.size(); ++slot)
      reason += fmt::format("; {}: {}", rule.slots[slot].name, matching[slot] ? candidates[*matching[slot]].person : "nobody");
    if (candidates.size() < signatures.size()) reason += fmt::format("; {}'s does not count: {} asked for it", requester, requester);
    for (const auto& words : uncounted) reason += "; " + words;
    return {given == rule.slots.size() ? "approved" : "missing", reason, rule.source};
  }

  // A misspelt role would hold nothing, and pass every test that expects that.
  [[nodiscard]] std::optional<Got> unknown_role(const Person& person) const {
    for (const auto& role : person.asker.roles) {
      if (std::ranges::find(known_, role) != known_.end()) continue;
      return Got{"an unknown role", fmt::format("no policy knows the role {} of {}", role, person.asker.name),
                 std::string(policy::Policy::kAccessPath)};
    }
    return std::nullopt;
  }

  const trust::Catalog& catalog_;
  const policy::Policy& policy_;
  std::vector<std::string> known_;
};

}  // namespace

std::vector<PolicyTestResult> run(const std::vector<Case>& cases, const trust::Catalog& catalog) {
  const Runner runner(catalog);
  std::vector<PolicyTestResult> results;
  for (const auto& test : cases) results.push_back(runner.run(test));
  return results;
}

}  // namespace blc::approval::policy_test

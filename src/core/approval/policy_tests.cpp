#include "core/approval/policy_tests.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <variant>

#include "core/approval/rights.hpp"
#include "core/approval/slots.hpp"
#include "core/crypto/service_key.hpp"
#include "core/text/nearest.hpp"
#include "core/text/yaml.hpp"

namespace blc::approval {

namespace {

using policy::Right;
using text::Yaml;
using text::YamlFields;

// Somebody whom the tests of a file are about: nobody who is enrolled.
struct Person {
  Asker asker;
  crypto::PublicKey key;
  Presence shown;
};
using People = std::map<std::string, Person>;

enum class Holds { yes, no, only };
struct RightsCase {
  std::vector<const Person*> who;
  std::vector<Right> rights;
  Holds expected = Holds::yes;
};

enum class Signed { approved, missing, refused };
struct SignaturesCase {
  const Person* by = nullptr;
  std::vector<const Person*> signers;
  Signed expected = Signed::approved;
};

struct Case {
  std::string name;
  std::string source;
  std::vector<policy::VerbTraits> verbs;
  std::vector<Environment> environments;
  std::string because;
  std::variant<RightsCase, SignaturesCase> asks;
};

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

// --- reading ---------------------------------------------------------------------------------------------

class Reader {
 public:
  Reader(std::string file, const trust::Catalog& catalog) : file_(std::move(file)), catalog_(catalog) {}

  Result<std::vector<Case>> read(const Yaml& root, People& people) {
    YamlFields fields(root, file_, "file of policy tests");
    const auto& persons = fields.required("people");
    const auto& tests = fields.required("tests");
    if (persons.kind != Yaml::Kind::map) fields.fault(persons.mark, "expected a map of people, found " + found(persons));
    if (tests.kind != Yaml::Kind::list) fields.fault(tests.mark, "expected a list of tests, found " + found(tests));
    BLC_CHECK(fields.finish());
    for (const auto& member : persons.map) {
      BLC_TRY(auto person, this->person(member));
      people.emplace(member.key, std::move(person));
    }
    people_ = &people;
    std::vector<Case> cases;
    for (const auto& node : tests.list) {
      BLC_TRY(auto one, test(node));
      cases.push_back(std::move(one));
    }
    return cases;
  }

 private:
  Result<Person> person(const Yaml::Member& member) {
    if (!is_name(member.key))
      return std::unexpected(text::yaml_error(file_, member.mark, "expected a person's name ([a-z][a-z0-9-]*, at most 32), found " + text::found(member.key)));
    YamlFields fields(member.value, file_, "person");
    auto roles = one_or_more(fields, "roles");
    Presence shown;
    if (const auto* const hardware = fields.optional("hardware")) {
      const auto parsed = policy::parse_hardware(hardware->scalar);
      if (!parsed) fields.fault(hardware->mark, "expected touch or pin, found " + found(*hardware));
      shown.touched = true;
      shown.pin = parsed == policy::Hardware::pin;
    }
    shown.attested = fields.boolean_or("attested", false);
    BLC_CHECK(fields.finish());
    const auto kind = kind_of(roles);
    return Person{{member.key, std::move(roles), kind}, crypto::ServiceKey::generate().first->key(), shown};
  }

  Result<Case> test(const Yaml& node) {
    YamlFields fields(node, file_, "test");
    Case read{fields.string("name"), fmt::format("{}:{}", file_, node.mark.line), {}, {}, {}, {}};
    read.verbs = verbs(fields);
    read.environments = environments(fields);
    read.because = fields.string_or("because", "");
    if (fields.optional("who") != nullptr || fields.optional("may") != nullptr) {
      read.asks = rights(fields);
    } else {
      read.asks = signatures(fields);
    }
    BLC_CHECK(fields.finish());
    return read;
  }

  RightsCase rights(YamlFields& fields) {
    RightsCase read;
    for (const auto& name : one_or_more(fields, "who")) read.who.push_back(find(fields, "who", name));
    const auto words = one_or_more(fields, "may");
    if (words == std::vector<std::string>{"anything"}) {
      read.rights = policy::all_rights();
    } else {
      for (const auto& word : words) {
        if (const auto right = policy::parse_right(word)) read.rights.push_back(*right);
        else refuse(fields, "may", fmt::format("{} or anything", right_names()), word);
      }
    }
    const auto expected = fields.string("expect");
    if (expected == "no") read.expected = Holds::no;
    else if (expected == "only") read.expected = Holds::only;
    else if (expected != "yes") refuse(fields, "expect", "yes, no or only", expected);
    return read;
  }

  SignaturesCase signatures(YamlFields& fields) {
    SignaturesCase read;
    if (const auto name = fields.string("by"); !name.empty()) read.by = find(fields, "by", name);
    for (const auto& name : fields.strings_or_none("signed-by")) read.signers.push_back(find(fields, "signed-by", name));
    const auto expected = fields.string("expect");
    if (expected == "missing") read.expected = Signed::missing;
    else if (expected == "refused") read.expected = Signed::refused;
    else if (expected != "approved") refuse(fields, "expect", "approved, missing or refused", expected);
    return read;
  }

  // A verb of the practice, or what one is like.
  std::vector<policy::VerbTraits> verbs(YamlFields& fields) {
    if (fields.optional("verb") != nullptr) return verb_of_practice(fields);
    if (fields.optional("classification") == nullptr) {
      fields.fault(fields.mark(), "expected \"verb\" or \"classification\", found neither");
      return {};
    }
    const auto marks = fields.strings_or_none("marks");
    for (const auto& mark : marks) {
      if (std::ranges::find(policy::kMarks, mark) == policy::kMarks.end())
        refuse(fields, "marks", fmt::format("{}", fmt::join(policy::kMarks, ", ")), mark);
    }
    std::vector<policy::VerbTraits> read;
    for (const auto& word : one_or_more(fields, "classification")) {
      const auto classification = parse_classification(word);
      if (classification) read.push_back({{}, *classification, marks});
      else refuse(fields, "classification", "personal, business or clinical", word);
    }
    return read;
  }

  std::vector<policy::VerbTraits> verb_of_practice(YamlFields& fields) {
    const auto name = fields.string("verb");
    const auto* const verb = catalog_.find_verb(name);
    if (verb != nullptr) return {{verb->name, verb->classification, verb->marks}};
    std::vector<std::string> names;
    for (const auto& known : catalog_.verbs()) names.push_back(known.name);
    refuse(fields, "verb", "a verb of the practice", name, names);
    return {};
  }

  std::vector<Environment> environments(YamlFields& fields) {
    std::vector<Environment> read;
    for (const auto& word : one_or_more(fields, "environment")) {
      if (const auto environment = parse_environment(word)) read.push_back(*environment);
      else refuse(fields, "environment", "local, integration, staging or production", word);
    }
    return read;
  }

  // One word, or a list of at least one, each once: a test asks about every combination.
  static std::vector<std::string> one_or_more(YamlFields& fields, std::string_view name) {
    const auto& node = fields.required(name);
    if (node.kind != Yaml::Kind::list) {
      auto word = fields.string(name);
      return word.empty() ? std::vector<std::string>() : std::vector{std::move(word)};
    }
    if (node.list.empty()) fields.fault(node.mark, fmt::format("expected at least one of \"{}\", found none", name));
    auto words = fields.strings_or_none(name);
    for (auto word = words.begin(); word != words.end(); ++word) {
      if (std::find(words.begin(), word, *word) != word)
        fields.fault(node.mark, fmt::format("expected each of \"{}\" once, found {} again", name, text::found(*word)));
    }
    return words;
  }

  const Person* find(YamlFields& fields, std::string_view field, const std::string& name) {
    const auto known = people_->find(name);
    if (known != people_->end()) return &known->second;
    std::vector<std::string> names;
    for (const auto& [each, person] : *people_) names.push_back(each);
    refuse(fields, field, "somebody of \"people\"", name, names);
    return nullptr;
  }

  // Where the word stands: the value itself, or that element of a list.
  static void refuse(YamlFields& fields, std::string_view field, std::string_view expected, const std::string& word,
                     const std::vector<std::string>& known = {}) {
    const auto& node = fields.required(field);
    auto mark = node.mark;
    if (const auto at = std::ranges::find(node.list, word, &Yaml::scalar); at != node.list.end()) mark = at->mark;
    const auto meant = text::did_you_mean(word, known, {});
    fields.fault(mark, fmt::format("expected {}, found {}{}{}", expected, text::found(word), meant.empty() ? "" : "; ", meant));
  }

  static std::string right_names() {
    std::vector<std::string_view> names;
    for (const auto right : policy::all_rights()) names.push_back(policy::to_string(right));
    return fmt::format("{}", fmt::join(names, ", "));
  }

  std::string file_;
  const trust::Catalog& catalog_;
  const People* people_ = nullptr;
};

// --- running ---------------------------------------------------------------------------------------------

class Runner {
 public:
  explicit Runner(const policy::Policy& policy) : policy_(policy), known_(known_roles(policy)) {}

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
    compare(test, question, to_string(asks.expected), signatures(asks, verb, environment), result);
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

  const policy::Policy& policy_;
  std::vector<std::string> known_;
};

}  // namespace

Result<std::vector<PolicyTestResult>> run_policy_tests(std::string_view text, const std::string& file,
                                                       const trust::Catalog& catalog) {
  BLC_TRY(const auto root, text::parse_yaml(text, file));
  People people;
  BLC_TRY(const auto cases, Reader(file, catalog).read(root, people));
  const Runner runner(catalog.policy());
  std::vector<PolicyTestResult> results;
  for (const auto& test : cases) results.push_back(runner.run(test));
  return results;
}

}  // namespace blc::approval

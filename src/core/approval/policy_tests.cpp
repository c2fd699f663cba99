#include "core/approval/policy_tests.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
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
  const Person* starter = nullptr;     // who runs it once it is approved
  std::optional<Timestamp> planned{};  // and when it was planned
  std::optional<Timestamp> at{};       // and is to start
  Signed expected = Signed::approved;
};

// What verbs may touch of a class of data there: itself, made-up data in its place, or nothing.
enum class Touched { real, stand_in, no };
struct DataCase {
  std::vector<std::string> classes;
  Touched expected = Touched::no;
};

// What environments.yaml comes to for such a verb there.
struct TermCase {
  std::string term;
  std::string expected;
};

struct Case {
  std::string name;
  std::string source;
  std::vector<policy::VerbTraits> verbs;
  std::vector<Environment> environments;
  std::string because;
  std::variant<RightsCase, SignaturesCase, DataCase, TermCase> asks;
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

std::string_view to_string(Touched word) {
  switch (word) {
    case Touched::real: return "real";
    case Touched::stand_in: return "stand-in";
    case Touched::no: return "no";
  }
  return "no";
}

constexpr std::array<std::string_view, 4> kTerms{"data", "network", "audit", "encryption"};

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
    } else if (fields.optional("touches") != nullptr) {
      read.asks = data(fields);
    } else if (fields.optional("term") != nullptr) {
      read.asks = term(fields);
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
    if (fields.optional("run-by") != nullptr) read.starter = find(fields, "run-by", fields.string("run-by"));
    read.planned = time(fields, "planned");
    read.at = time(fields, "at");
    if (read.planned && (!read.at || *read.at < *read.planned))
      fields.fault(fields.required("planned").mark, "expected a later \"at\" beside \"planned\", found none");
    const auto expected = fields.string("expect");
    if (expected == "missing") read.expected = Signed::missing;
    else if (expected == "refused") read.expected = Signed::refused;
    else if (expected != "approved") refuse(fields, "expect", "approved, missing or refused", expected);
    return read;
  }

  static DataCase data(YamlFields& fields) {
    DataCase read{one_or_more(fields, "touches")};
    for (const auto& word : read.classes) {
      if (std::ranges::find(verb::kDataClasses, word) == verb::kDataClasses.end())
        refuse(fields, "touches", fmt::format("{}", fmt::join(verb::kDataClasses, ", ")), word);
    }
    const auto expected = fields.string("expect");
    if (expected == "real") read.expected = Touched::real;
    else if (expected == "stand-in") read.expected = Touched::stand_in;
    else if (expected != "no") refuse(fields, "expect", "real, stand-in or no", expected);
    return read;
  }

  static TermCase term(YamlFields& fields) {
    TermCase read{fields.string("term"), fields.string("expect")};
    if (std::ranges::find(kTerms, read.term) == kTerms.end()) refuse(fields, "term", fmt::format("{}", fmt::join(kTerms, ", ")), read.term);
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

  static std::optional<Timestamp> time(YamlFields& fields, std::string_view name) {
    const auto* const node = fields.optional(name);
    if (node == nullptr) return std::nullopt;
    const auto& text = node->scalar;
    auto parsed = text.ends_with('Z') ? parse_timestamp(text.substr(0, text.size() - 1) + ":00.000Z") : std::nullopt;
    if (!parsed) fields.fault(node->mark, "expected a time in UTC such as 2026-12-24T17:30Z, found " + found(*node));
    return parsed;
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

Result<std::vector<PolicyTestResult>> run_policy_tests(std::string_view text, const std::string& file,
                                                       const trust::Catalog& catalog) {
  BLC_TRY(const auto root, text::parse_yaml(text, file));
  People people;
  BLC_TRY(const auto cases, Reader(file, catalog).read(root, people));
  const Runner runner(catalog);
  std::vector<PolicyTestResult> results;
  for (const auto& test : cases) results.push_back(runner.run(test));
  return results;
}

}  // namespace blc::approval

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/approval/policy_test_cases.hpp"
#include "core/crypto/service_key.hpp"
#include "core/text/nearest.hpp"

namespace blc::approval::policy_test {

namespace {

using text::Yaml;
using text::YamlFields;

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

}  // namespace

Result<std::vector<Case>> read(const Yaml& root, const std::string& file, const trust::Catalog& catalog, People& people) {
  return Reader(file, catalog).read(root, people);
}

}  // namespace blc::approval::policy_test

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/time.hpp"
#include "core/text/display.hpp"
#include "core/verb/parameter.hpp"
#include "core/verb/step.hpp"

namespace blc::verb {

namespace {

using text::Yaml;
using text::YamlFields;

constexpr std::size_t kMostParameters = 32;
constexpr std::size_t kMostSteps = 32;
constexpr std::array<std::string_view, 3> kMarks{"demo", "call-centre", "deployment"};

template <std::size_t N>
std::size_t place_in(const std::array<std::string_view, N>& words, std::string_view word) {
  return static_cast<std::size_t>(std::ranges::find(words, word) - words.begin());
}

// One or two words, each a name, with one space between them.
bool is_verb_name(std::string_view name) {
  const auto space = name.find(' ');
  if (space == std::string_view::npos) return is_name(name);
  return is_name(name.substr(0, space)) && is_name(name.substr(space + 1));
}

// Reads a file's top level; parameters and steps have files of their own.
class Loader {
 public:
  Loader(const Yaml& root, const std::string& path) : fields_(root, path, "verb"), path_(path) { verb_.path = path; }

  Result<Verb> load() {
    read_name();
    read_summary();
    read_classification();
    read_data_classes();
    read_marks();
    read_fidelity();
    const auto* const parameters = fields_.optional("parameters");
    const auto* const subject = fields_.optional("subject");
    const auto* const requirement = fields_.optional("requires");
    const auto* const consent = fields_.optional("consent");
    const auto* const care = fields_.optional("care-relation");
    verb_.care_relation = fields_.boolean_or("care-relation", false);
    const auto* const migrates = fields_.optional("migrates");
    const auto& steps = fields_.required("steps");
    BLC_CHECK(fields_.finish());
    BLC_CHECK(load_parameters(parameters));
    BLC_CHECK(load_subject(subject));
    BLC_CHECK(load_requirement(requirement));
    BLC_CHECK(load_consent(consent));
    BLC_CHECK(load_migration(migrates));
    BLC_CHECK(load_steps(steps));
    BLC_CHECK(check_subject(consent, care));
    BLC_CHECK(check_references(verb_));
    return std::move(verb_);
  }

 private:
  [[nodiscard]] std::unexpected<Error> refuse(text::Mark mark, const std::string& message) const {
    return std::unexpected(text::yaml_error(path_, mark, message));
  }

  void read_name() {
    verb_.name = fields_.string("verb");
    const auto mark = fields_.required("verb").mark;
    if (!is_verb_name(verb_.name)) {
      fields_.fault(mark, "expected one or two words of [a-z][a-z0-9-]*, found " + text::found(verb_.name));
    } else if (const auto first = std::string_view(verb_.name).substr(0, verb_.name.find(' '));
               reserved_command(first)) {
      fields_.fault(mark, fmt::format("expected another first word, found \"{}\", which is a command of blc", first));
    }
  }
  void read_summary() {
    verb_.summary = fields_.string("summary");
    if (!text::plain(verb_.summary))
      fields_.fault(fields_.required("summary").mark,
                    "expected a summary in plain text, found " + text::found(verb_.summary));
  }
  void read_classification() {
    const auto& node = fields_.required("classification");
    if (const auto parsed = parse_classification(node.scalar)) {
      verb_.classification = *parsed;
    } else {
      fields_.fault(node.mark, "expected personal, business or clinical, found " + found(node));
    }
  }
  // The floor of policies/data-classes.yaml, which may ask for more: restricted data is for clinical verbs, confidential
  // for those and business ones (requirements, section 1).
  void read_data_classes() {
    const auto mark = fields_.required("data").mark;
    verb_.data_mark = mark;
    verb_.data_classes = fields_.strings_or_none("data");
    if (verb_.data_classes.empty()) fields_.fault(mark, "expected at least one data class, found none");
    const auto highest = place_in(kDataClasses, "internal") + static_cast<std::size_t>(verb_.classification);
    for (const auto& name : verb_.data_classes) {
      const auto place = place_in(kDataClasses, name);
      if (place == kDataClasses.size())
        fields_.fault(mark, "expected public, internal, confidential or restricted, found " + text::found(name));
      if (place > highest)
        fields_.fault(mark, fmt::format("expected data up to {} in a {} verb, found {}", kDataClasses[highest],
                                        to_string(verb_.classification), name));
    }
  }
  void read_marks() {
    const auto* const node = fields_.optional("marks");
    verb_.marks = fields_.strings_or_none("marks");
    for (const auto& mark : verb_.marks) {
      if (place_in(kMarks, mark) == kMarks.size())
        fields_.fault(node->mark, "expected demo, call-centre or deployment, found " + text::found(mark));
    }
  }
  void read_fidelity() {
    const auto* const node = fields_.optional("fidelity");
    if (node == nullptr) return;
    if (const auto parsed = parse_fidelity(node->scalar)) {
      verb_.fidelity = *parsed;
    } else {
      fields_.fault(node->mark, "expected exact, estimate or none, found " + found(*node));
    }
  }

  Result<> load_parameters(const Yaml* node) {
    if (node == nullptr) return {};
    if (node->kind != Yaml::Kind::map || node->map.size() > kMostParameters)
      return refuse(node->mark, fmt::format("expected a map of at most {} parameters, found {}", kMostParameters,
                                            node->kind == Yaml::Kind::map ? "more" : found(*node)));
    for (const auto& member : node->map) {
      BLC_TRY(auto parameter, load_parameter(member, verb_.classification, path_));
      verb_.parameters.push_back(std::move(parameter));
    }
    return {};
  }
  Result<> load_subject(const Yaml* node) {
    if (node == nullptr) return {};
    if (verb_.parameter(node->scalar) == nullptr)
      return refuse(node->mark, "expected the name of a parameter for \"subject\", found " + found(*node));
    verb_.subject = node->scalar;
    return {};
  }

  Result<> load_requirement(const Yaml* node) {
    if (node == nullptr) return {};
    Requires requirement;
    YamlFields fields(*node, path_, "requirement");
    requirement.verb = fields.string("verb");
    if (!is_verb_name(requirement.verb) || requirement.verb == verb_.name)
      fields.fault(fields.required("verb").mark,
                   "expected the name of another verb, found " + text::found(requirement.verb));
    const auto within = parse_duration(fields.string("within"));
    if (!within || *within <= std::chrono::seconds(0))
      fields.fault(fields.required("within").mark,
                   "expected a time like 24h, found " + found(fields.required("within")));
    if (const auto* const environment = fields.optional("environment")) {
      requirement.environment = parse_environment(environment->scalar);
      if (!requirement.environment || requirement.environment == Environment::local)
        fields.fault(environment->mark, "expected integration, staging or production, found " + found(*environment));
    }
    if (std::ranges::any_of(verb_.parameters, &Parameter::phi))
      fields.fault(node->mark, "expected no \"requires\" in a verb with phi parameters, found one");
    BLC_CHECK(fields.finish());
    requirement.within = *within;
    verb_.required_run = std::move(requirement);
    return {};
  }

  Result<> load_consent(const Yaml* node) {
    if (node == nullptr) return {};
    YamlFields fields(*node, path_, "consent");
    const auto& purpose = fields.required("purpose");
    verb_.consent = privacy::parse_purpose(purpose.scalar);
    if (!verb_.consent)
      fields.fault(purpose.mark, "expected TREAT, HPAYMT or HOPERAT, found " + found(purpose));
    return fields.finish();
  }

  Result<> load_migration(const Yaml* node) {
    if (node == nullptr) return {};
    YamlFields fields(*node, path_, "migration");
    Migrates migrates;
    for (const auto& [member, into] : {std::pair{"from", &migrates.from}, std::pair{"to", &migrates.to}}) {
      *into = fields.string(member);
      const auto* const parameter = verb_.parameter(*into);
      if (parameter == nullptr || parameter->type != ParameterType::enumeration || !parameter->required)
        fields.fault(fields.required(member).mark, fmt::format("expected the name of a required enum parameter for \"{}\", found {}", member, found(fields.required(member))));
    }
    const auto& settings = fields.required("settings");
    const auto& below = fields.required("below");
    BLC_CHECK(fields.finish());
    BLC_TRY(migrates.settings, load_path(settings, path_));
    BLC_TRY(migrates.below, load_path(below, path_));
    verb_.migrates = std::move(migrates);
    return {};
  }

  // Whose consent, whose care team, who is contacted: only a verb that always names its subject can ask.
  Result<> check_subject(const Yaml* consent, const Yaml* care) const {
    const auto* const subject = verb_.parameter(verb_.subject);
    if (subject != nullptr && subject->required) return {};
    const auto wrong = [&](text::Mark mark, std::string_view what) {
      return refuse(mark, fmt::format("expected a \"subject\" that is a required parameter where \"{}\" stands, found {}", what,
                                      subject == nullptr ? "none" : "one that may be left out"));
    };
    if (consent != nullptr) return wrong(consent->mark, "consent");
    if (care != nullptr && verb_.care_relation) return wrong(care->mark, "care-relation");
    const auto step = std::ranges::find_if(verb_.steps, [](const auto& each) { return each.contact.has_value(); });
    return step == verb_.steps.end() ? Result<>() : wrong(step->mark, "contact");
  }

  Result<> load_steps(const Yaml& node) {
    if (node.kind != Yaml::Kind::list || node.list.empty() || node.list.size() > kMostSteps)
      return refuse(node.mark,
                    fmt::format("expected a list of 1 to {} steps, found {}", kMostSteps,
                                node.kind == Yaml::Kind::list ? std::to_string(node.list.size()) : found(node)));
    for (const auto& element : node.list) {
      BLC_TRY(auto step, load_step(element, verb_.data_classes, path_));
      if (std::ranges::find(verb_.steps, step.name, &Step::name) != verb_.steps.end())
        return refuse(step.mark, fmt::format("expected each step's name once, found \"{}\" again", step.name));
      verb_.steps.push_back(std::move(step));
    }
    return {};
  }

  YamlFields fields_;
  const std::string& path_;
  Verb verb_;
};

}  // namespace

bool of_credentials(std::string_view path) {
  return path.starts_with(kCredentialsFolder) && (path.size() == kCredentialsFolder.size() || path[kCredentialsFolder.size()] == '/');
}

const Parameter* Verb::parameter(std::string_view parameter_name) const {
  const auto found = std::ranges::find(parameters, parameter_name, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

std::vector<privacy::Need> Verb::needs() const {
  std::vector<privacy::Need> all;
  if (consent) all.emplace_back(*consent);
  if (care_relation) all.emplace_back(privacy::CareRelation{});
  for (const auto& step : steps) {
    if (step.contact && std::ranges::find(all, privacy::Need(*step.contact)) == all.end()) all.emplace_back(*step.contact);
  }
  return all;
}

Result<Verb> load(std::string_view text, const std::string& path) {
  BLC_TRY(const auto root, text::parse_yaml(text, path));
  BLC_TRY(auto verb, Loader(root, path).load());
  verb.text = text;
  return verb;
}

}  // namespace blc::verb

#include "core/policy/data_classes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/text/yaml.hpp"

namespace blc::policy {

namespace {

using text::Yaml;
using text::YamlFields;

std::string this_file() { return std::string(DataClasses::kPath); }

// Below this no file goes. Who may touch it: the data of each row of "classification x environment" (requirements,
// section 1). Where: the table of data classes (section 3); integration takes staging's column.
struct Floor {
  std::string_view name;
  Classification lowest;
  std::vector<Environment> environments;
};

const std::array<Floor, 4>& floors() {
  using enum Environment;
  static const std::array<Floor, 4> kFloors{{{"public", Classification::personal, {local, integration, staging, production}},
                                             {"internal", Classification::personal, {integration, staging, production}},
                                             {"confidential", Classification::business, {production}},
                                             {"restricted", Classification::clinical, {production}}}};
  return kFloors;
}

std::string listed(const std::vector<Environment>& environments) {
  std::vector<std::string_view> names;
  for (const auto environment : environments) names.push_back(to_string(environment));
  return fmt::format("{}", fmt::join(names, ", "));
}

void read_lowest(YamlFields& fields, const Floor& floor, DataClassTerms& terms) {
  const auto& node = fields.required("verbs");
  terms.lowest_line = node.mark.line;
  const auto read = node.kind == Yaml::Kind::scalar ? parse_classification(node.scalar) : std::nullopt;
  if (!read) return fields.fault(node.mark, "expected personal, business or clinical, found " + found(node));
  terms.lowest = *read;
  if (*read < floor.lowest)
    fields.fault(node.mark, fmt::format("expected {} or above: no verb below it touches {} data, found {}", to_string(floor.lowest), floor.name, found(node)));
}

// `most`: the environments that may stand there, and `why` no other does.
std::set<Environment> read_environments(YamlFields& fields, const Yaml& node, const std::vector<Environment>& most, std::string_view why,
                                        std::set<Environment> taken) {
  std::set<Environment> read;
  if (node.kind != Yaml::Kind::list) fields.fault(node.mark, "expected a list of environments, found " + found(node));
  for (const auto& element : node.list) {
    const auto environment = element.kind == Yaml::Kind::scalar ? parse_environment(element.scalar) : std::nullopt;
    if (!environment) {
      fields.fault(element.mark, "expected local, integration, staging or production, found " + found(element));
    } else if (std::ranges::find(most, *environment) == most.end()) {
      fields.fault(element.mark, fmt::format("expected {}: {}, found {}", listed(most), why, found(element)));
    } else if (!taken.insert(*environment).second) {
      fields.fault(element.mark, fmt::format("expected each environment once, found {} again", found(element)));
    } else {
      read.insert(*environment);
    }
  }
  return read;
}

Result<DataClassTerms> read_class(const Yaml& node, const Floor& floor) {
  static const std::vector<Environment> kMadeUp{Environment::local, Environment::integration, Environment::staging};
  DataClassTerms terms;
  YamlFields fields(node, this_file(), "data class");
  read_lowest(fields, floor, terms);
  const auto& environments = fields.required("environments");
  const auto& stand_ins = fields.required("stand-ins");
  terms.line = environments.mark.line;
  terms.environments = read_environments(fields, environments, floor.environments, fmt::format("{} data is touched nowhere else", floor.name), {});
  terms.stand_ins = read_environments(fields, stand_ins, kMadeUp, "production holds real data only", terms.environments);
  BLC_CHECK(fields.finish());
  return terms;
}

}  // namespace

Result<DataClasses> DataClasses::load(std::string_view text) {
  BLC_TRY(const auto root, text::parse_yaml(text, this_file()));
  YamlFields top(root, this_file(), "file of data classes");
  const auto& all = top.required("classes");
  BLC_CHECK(top.finish());
  YamlFields fields(all, this_file(), "classes");
  for (const auto& floor : floors()) static_cast<void>(fields.required(floor.name));
  BLC_CHECK(fields.finish());
  DataClasses classes;
  for (const auto& floor : floors()) {
    BLC_TRY(auto terms, read_class(fields.required(floor.name), floor));
    classes.terms_.emplace(floor.name, std::move(terms));
  }
  return classes;
}

const DataClassTerms& DataClasses::at(std::string_view data_class) const { return terms_.find(data_class)->second; }

Result<> DataClasses::check(const verb::Verb& verb) const {
  for (const auto& name : verb.data_classes) {
    const auto& terms = at(name);
    if (verb.classification >= terms.lowest) continue;
    return std::unexpected(text::yaml_error(
        verb.path, verb.data_mark,
        fmt::format("expected no {} data in a {} verb, for {}:{} gives it to {} verbs{}", name, to_string(verb.classification), kPath,
                    terms.lowest_line, to_string(terms.lowest), terms.lowest == Classification::clinical ? " only" : " and above")));
  }
  return {};
}

const verb::Step* DataClasses::barred(const verb::Verb& verb, Environment environment) const {
  const auto found = std::ranges::find_if(verb.steps, [&](const auto& step) {
    const auto& terms = at(step.data_class);
    return !terms.environments.contains(environment) && !terms.stand_ins.contains(environment);
  });
  return found == verb.steps.end() ? nullptr : &*found;
}

std::string DataClasses::source(std::string_view data_class) const { return fmt::format("{}:{}", kPath, at(data_class).line); }

Result<> DataClasses::admit(const verb::Verb& verb, Environment environment) const {
  const auto* const step = barred(verb, environment);
  if (step == nullptr) return {};
  return fail(Exit::refused,
              fmt::format("step {} of {} touches {} data, and {} lets none of it be touched in {}", step->name, verb.name, step->data_class,
                          source(step->data_class), to_string(environment)),
              "plan it in an environment that the line names; who may change the line adopts it: blc catalog adopt");
}

}  // namespace blc::policy

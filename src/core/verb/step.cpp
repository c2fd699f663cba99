#include "core/verb/step.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/time.hpp"
#include "core/text/display.hpp"
#include "core/verb/template.hpp"

namespace blc::verb {

namespace {

using text::Yaml;
using text::YamlFields;

constexpr std::size_t kMostArguments = 64;
constexpr std::size_t kMostPaths = 64;
constexpr std::int64_t kMostOutput = 1 << 20;
constexpr std::size_t kMostCredentials = 8;

std::unexpected<Error> refuse(const std::string& file, text::Mark mark, const std::string& message) {
  return std::unexpected(text::yaml_error(file, mark, message));
}

Result<std::vector<Template>> load_templates(const Yaml* list, std::string_view name, std::size_t most,
                                             const std::string& file) {
  std::vector<Template> templates;
  if (list == nullptr) return templates;
  if (list->kind != Yaml::Kind::list || list->list.size() > most)
    return refuse(file, list->mark,
                  fmt::format("expected a list of at most {} for \"{}\", found {}", most, name,
                              list->kind == Yaml::Kind::list ? "more" : found(*list)));
  for (const auto& element : list->list) {
    BLC_TRY(auto parsed, parse_template(element, file));
    templates.push_back(std::move(parsed));
  }
  return templates;
}

// argv[0] is looked up on a fixed path: a slash or a reference would let a file or a value choose the program.
Result<> check_program(const std::vector<Template>& argv, text::Mark mark, const std::string& file) {
  if (argv.empty()) return refuse(file, mark, "expected a program and its arguments, found an empty list");
  const auto& program = argv.front();
  const auto* const name = program.pieces.size() == 1 ? std::get_if<std::string>(&program.pieces.front()) : nullptr;
  const bool bare = name != nullptr && name->find('/') == std::string::npos && !name->starts_with('-') &&
                    !name->starts_with('.') && name->find(' ') == std::string::npos && text::plain(*name);
  if (bare) return {};
  return refuse(
      file, program.mark,
      "expected the bare name of a program, without / and without references, found " + text::found(program.source));
}

Result<Command> load_command(const Yaml& argv, const Yaml* standard_input, const std::string& file) {
  Command command;
  BLC_TRY(command.argv, load_templates(&argv, "argv", kMostArguments, file));
  BLC_CHECK(check_program(command.argv, argv.mark, file));
  if (standard_input != nullptr) {
    BLC_TRY(command.standard_input, parse_template(*standard_input, file));
  }
  return command;
}

// People sign by reading it.
Result<Template> load_summary(const Yaml& node, const std::string& file) {
  BLC_TRY(auto summary, parse_template(node, file));
  if (summary.source.empty() || !text::plain(summary.source))
    return refuse(file, node.mark, "expected a summary in plain text, found " + found(node));
  return summary;
}

enum class Summary { none, optional };
Result<std::optional<Command>> load_optional_command(const Yaml* node, std::string what, const std::string& file,
                                                     Summary allowed = Summary::none) {
  if (node == nullptr) return std::nullopt;
  YamlFields fields(*node, file, std::move(what));
  const auto& argv = fields.required("argv");
  const auto* const standard_input = fields.optional("stdin");
  const auto* const summary = allowed == Summary::optional ? fields.optional("summary") : nullptr;
  BLC_CHECK(fields.finish());
  BLC_TRY(auto command, load_command(argv, standard_input, file));
  if (summary != nullptr) {
    BLC_TRY(command.summary, load_summary(*summary, file));
  }
  return std::optional(std::move(command));
}

// The path with an x for each reference: what can be judged before the values are known.
std::string outline(const Template& path) {
  std::string text;
  for (const auto& piece : path.pieces) {
    const auto* const literal = std::get_if<std::string>(&piece);
    text += literal != nullptr ? *literal : "x";
  }
  return text;
}

Result<> check_path(const Template& path, const std::string& file) {
  const auto told = outline(path);
  if (of_credentials(told))
    return refuse(file, path.mark, "expected a credential's name for \"credentials\" instead, found " + text::found(path.source));
  if (is_practice_path(told)) return {};
  return refuse(file, path.mark, "expected a path below the practice, without .., found " + text::found(path.source));
}

Result<std::vector<Template>> load_paths(const Yaml* list, std::string_view name, const std::string& file) {
  BLC_TRY(auto paths, load_templates(list, name, kMostPaths, file));
  for (const auto& path : paths) BLC_CHECK(check_path(path, file));
  return paths;
}

// A program that could write verbs, policies or hidden folders could change what later runs are held to.
Result<> check_written(const Template& path, const std::string& file) {
  const auto* const literal = std::get_if<std::string>(&path.pieces.front());
  const auto first = literal == nullptr ? std::string() : literal->substr(0, literal->find('/'));
  const bool whole = literal != nullptr && (first.size() < literal->size() || path.pieces.size() == 1);
  if (std::holds_alternative<DataReference>(path.pieces.front())) return {};
  if (whole && first != "verbs" && first != "policies" && !first.starts_with('.')) return {};
  return refuse(
      file, path.mark,
      "expected a folder whose path begins with ${data} or a plain name other than verbs and policies, found " +
          text::found(path.source));
}

bool environment_name(std::string_view name) {
  const auto upper = [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && upper(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return upper(c) || (c >= '0' && c <= '9'); }) &&
         !name.starts_with("LD_") && !name.starts_with("BLC_");
}

Result<std::map<std::string, Template>> load_environment(const Yaml* node, const std::string& file) {
  std::map<std::string, Template> environment;
  if (node == nullptr) return environment;
  if (node->kind != Yaml::Kind::map)
    return refuse(file, node->mark, "expected a map of variables for \"environment\", found " + found(*node));
  for (const auto& member : node->map) {
    if (!environment_name(member.key))
      return refuse(
          file, member.mark,
          "expected a variable's name ([A-Z_][A-Z0-9_]*, not LD_* or BLC_*), found " + text::found(member.key));
    BLC_TRY(auto value, parse_template(member.value, file));
    environment.emplace(member.key, std::move(value));
  }
  return environment;
}

Result<std::optional<Output>> load_output(const Yaml* node, const std::string& file) {
  if (node == nullptr) return std::nullopt;
  YamlFields fields(*node, file, "output");
  const auto limit = fields.integer("limit");
  if (limit < 1 || limit > kMostOutput)
    fields.fault(node->mark, fmt::format("expected a limit from 1 to {} bytes, found {}", kMostOutput, limit));
  BLC_CHECK(fields.finish());
  return std::optional(Output{static_cast<std::uint64_t>(limit)});
}

// `contact: {channel: sms}`; where it stands is for the verb to judge.
Result<std::optional<privacy::Channel>> load_contact(const Yaml* node, const std::string& file) {
  if (node == nullptr) return std::nullopt;
  YamlFields fields(*node, file, "contact");
  const auto& channel = fields.required("channel");
  const auto parsed = privacy::parse_channel(channel.scalar);
  if (!parsed) fields.fault(channel.mark, "expected sms, email, phone or voicemail, found " + found(channel));
  BLC_CHECK(fields.finish());
  return parsed;
}

// Names, not templates: no parameter chooses whose account is used.
Result<std::vector<std::string>> load_credentials(const Yaml* node, const std::string& file) {
  std::vector<std::string> names;
  if (node == nullptr) return names;
  if (node->kind != Yaml::Kind::list || node->list.size() > kMostCredentials)
    return refuse(file, node->mark, fmt::format("expected a list of at most {} names of credentials, found {}", kMostCredentials,
                                                node->kind == Yaml::Kind::list ? "more" : found(*node)));
  for (const auto& element : node->list) {
    if (element.kind != Yaml::Kind::scalar || !is_name(element.scalar))
      return refuse(file, element.mark, "expected a credential's name ([a-z][a-z0-9-]*, at most 32), found " + found(element));
    if (std::ranges::find(names, element.scalar) != names.end())
      return refuse(file, element.mark, "expected each credential once, found " + found(element) + " again");
    names.push_back(element.scalar);
  }
  return names;
}

// Text that shows as it is: who signs reads it, and a client may.
Result<std::string> load_recipient(const Yaml* node, const std::string& file) {
  constexpr std::size_t kLongest = 200;
  if (node == nullptr) return std::string();
  const bool fine = node->kind == Yaml::Kind::scalar && !node->scalar.empty() && node->scalar.size() <= kLongest &&
                    text::display(node->scalar) == node->scalar;
  if (!fine)
    return refuse(file, node->mark, fmt::format("expected the name and address of who gets what is sent, at most {} bytes of plain text, found {}", kLongest, found(*node)));
  return node->scalar;
}

void read_words(YamlFields& fields, Step& step, const std::vector<std::string>& data_classes) {
  step.name = fields.string("name");
  if (!is_name(step.name))
    fields.fault(fields.required("name").mark,
                 "expected a step's name ([a-z][a-z0-9-]*, at most 32), found " + text::found(step.name));
  if (const auto kind = fields.string_or("kind", "exec"); kind != "exec")
    fields.fault(fields.required("kind").mark,
                 "expected exec, the only kind of step there is, found " + text::found(kind));
  const auto& effect = fields.required("effect");
  if (const auto parsed = parse_effect(effect.scalar)) {
    step.effect = *parsed;
  } else {
    fields.fault(effect.mark, "expected read, write or disclose, found " + found(effect));
  }
  step.data_class = fields.string_or("data", data_classes.size() == 1 ? data_classes.front() : "");
  if (std::ranges::find(data_classes, step.data_class) == data_classes.end()) {
    const auto* const data = fields.optional("data");
    fields.fault(data == nullptr ? fields.mark() : data->mark,
                 fmt::format("expected a data class that the verb lists ({}) for \"data\", found {}",
                             fmt::join(data_classes, ", "), data == nullptr ? "none" : found(*data)));
  }
  step.atomic = fields.boolean_or("atomic", false);
  step.idempotent = fields.boolean_or("idempotent", false);
  if (const auto* const timeout = fields.optional("timeout")) {
    const auto parsed = parse_duration(timeout->scalar);
    if (!parsed || *parsed < std::chrono::seconds(1) || *parsed > std::chrono::minutes(10))
      fields.fault(timeout->mark, "expected a time from 1s to 10m, found " + found(*timeout));
    step.timeout = parsed.value_or(step.timeout);
  }
}

Result<> check_effect(const Step& step, const std::string& file) {
  const auto wrong = [&](const std::string& message) { return refuse(file, step.mark, message); };
  if (step.effect == Effect::read && !step.writes.empty())
    return wrong("expected no \"writes\" in a read step, found them");
  if (step.effect == Effect::read && step.undo) return wrong("expected no \"undo\" in a read step, found one");
  if (step.effect == Effect::read && step.confirm)
    return wrong("expected no \"confirm\" in a read step, found one: it can simply be run again");
  if (step.effect == Effect::read && step.preview)
    return wrong("expected no \"preview\" in a read step, found one: planning runs the step itself");
  if (step.effect == Effect::read && !step.credentials.empty())
    return wrong("expected no \"credentials\" in a read step, found them: it may run before anybody has signed");
  if (step.effect == Effect::read && step.contact)
    return wrong("expected no \"contact\" in a read step, found one: whoever is contacted notices");
  if (step.effect != Effect::disclose && !step.recipient.empty())
    return wrong("expected \"recipient\" in a disclose step only, found it where nothing is sent out");
  if (step.effect == Effect::disclose && step.undo)
    return wrong("expected no \"undo\" in a disclose step, found one: what was sent cannot be taken back");
  return {};
}

}  // namespace

Result<Step> load_step(const Yaml& node, const std::vector<std::string>& data_classes, const std::string& file) {
  Step step;
  step.mark = node.mark;
  YamlFields fields(node, file, "step");
  read_words(fields, step, data_classes);
  const auto& summary = fields.required("summary");
  const auto& argv = fields.required("argv");
  const auto* const standard_input = fields.optional("stdin");
  const auto* const preview = fields.optional("preview");
  const auto* const undo = fields.optional("undo");
  const auto* const confirm = fields.optional("confirm");
  const auto* const observe = fields.optional("observe");
  const auto* const links = fields.optional("observe-links");
  const auto* const writes = fields.optional("writes");
  const auto* const environment = fields.optional("environment");
  const auto* const output = fields.optional("output");
  const auto* const contact = fields.optional("contact");
  const auto* const credentials = fields.optional("credentials");
  const auto* const recipient = fields.optional("recipient");
  BLC_CHECK(fields.finish());

  BLC_TRY(step.summary, load_summary(summary, file));
  BLC_TRY(step.run, load_command(argv, standard_input, file));
  BLC_TRY(step.preview, load_optional_command(preview, "preview", file));
  BLC_TRY(step.undo, load_optional_command(undo, "undo", file, Summary::optional));
  BLC_TRY(step.confirm, load_optional_command(confirm, "confirm", file));
  BLC_TRY(step.observe, load_paths(observe, "observe", file));
  BLC_TRY(step.observe_links, load_paths(links, "observe-links", file));
  BLC_TRY(step.writes, load_paths(writes, "writes", file));
  for (const auto& path : step.writes) BLC_CHECK(check_written(path, file));
  BLC_TRY(step.environment, load_environment(environment, file));
  BLC_TRY(step.output, load_output(output, file));
  BLC_TRY(step.contact, load_contact(contact, file));
  BLC_TRY(step.credentials, load_credentials(credentials, file));
  BLC_TRY(step.recipient, load_recipient(recipient, file));
  BLC_CHECK(check_effect(step, file));
  return step;
}

Result<Template> load_path(const Yaml& scalar, const std::string& file) {
  BLC_TRY(auto path, parse_template(scalar, file));
  BLC_CHECK(check_path(path, file));
  return path;
}

}  // namespace blc::verb

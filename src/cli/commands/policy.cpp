#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands/command.hpp"
#include "cli/views/words.hpp"
#include "core/approval/policy_tests.hpp"
#include "core/approval/rights.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"

namespace blc::cli {

using approval::Answer;
using approval::Asker;
using approval::PolicyTestResult;
using approval::Question;
using text::Json;

namespace {

constexpr std::string_view kRolePrefix = "role:";
constexpr std::size_t kMostTests = 256U << 10U;

struct CanOptions {
  std::string name;
  std::string action;
  std::vector<std::string> verb;
};

// --- blc policy can --------------------------------------------------------------------------------------

Result<Asker> role_holder(const policy::Policy& policy, const std::string& role) {
  if (role == "everyone") return Asker{"anybody enrolled", {}, trust::PrincipalKind::person};
  const auto known = approval::known_roles(policy);
  if (std::ranges::find(known, role) == known.end())
    return fail(Exit::usage, fmt::format("no policy knows the role {}", text::display(role)),
                text::did_you_mean(role, known, "known: " + either(known, "and")));
  return Asker{"somebody", {role}, approval::kind_of({role})};
}

Result<Asker> find_asker(Session& session, const policy::Policy& policy, const std::string& name) {
  if (name.starts_with(kRolePrefix)) return role_holder(policy, name.substr(kRolePrefix.size()));
  BLC_TRY(const auto* const log, session.log());
  const auto* const principal = log->replay().root()->find(name);
  if (principal != nullptr) return Asker{principal->name, principal->roles, principal->kind};
  std::vector<std::string> names;
  for (const auto& known : log->replay().root()->principals()) names.push_back(known.name);
  return fail(Exit::usage, fmt::format("nobody is enrolled as {}", text::display(name)),
              text::did_you_mean(name, names, "blc trust show lists them; role:NAME asks about a role"));
}

Result<policy::Right> find_right(const std::string& name) {
  if (const auto right = policy::parse_right(name)) return *right;
  std::vector<std::string> names;
  for (const auto right : policy::all_rights()) names.emplace_back(policy::to_string(right));
  return fail(Exit::usage, fmt::format("there is no right {}", text::display(name)),
              text::did_you_mean(name, names, "there are " + either(names, "and")));
}

Result<policy::VerbTraits> find_traits(const trust::Catalog& catalog, const std::vector<std::string>& words) {
  const auto name = fmt::format("{}", fmt::join(words, " "));
  if (const auto* const verb = catalog.find_verb(name)) return policy::VerbTraits{verb->name, verb->classification, verb->marks};
  std::vector<std::string> names;
  for (const auto& verb : catalog.verbs()) names.push_back(verb.name);
  return fail(Exit::usage, fmt::format("there is no verb {}", text::display(name)), text::did_you_mean(name, names, "blc verbs lists them"));
}

// What nobody may do there, whoever asks: the verb touches data that is not to be touched there.
void hold_against_data(const trust::Catalog& catalog, const Question& question, Answer& answer) {
  const bool touches = question.right == policy::Right::plan || question.right == policy::Right::execute;
  if (!touches || !answer.allowed) return;
  const auto& verb = *catalog.find_verb(question.verb.name);
  const auto* const step = catalog.data_classes().barred(verb, question.environment);
  if (step == nullptr) return;
  answer.allowed = false;
  answer.reason = catalog.data_classes().admit(verb, question.environment).error().message;
  answer.source = catalog.data_classes().source(step->data_class);
}

// Whoever may break the glass runs the verb themselves, and only where the rule has a break-glass.
void hold_against_rule(const trust::Catalog& catalog, const Asker& asker, const Question& question, Answer& answer) {
  if (question.right != policy::Right::break_glass || !answer.allowed) return;
  const auto& policy = catalog.policy();
  const auto& rule = policy.rule(question.verb.classification, question.rehearsal ? Environment::production : question.environment, question.verb.name);
  const bool runs = policy.allows(asker.roles, asker.kind == trust::PrincipalKind::person, question.environment, policy::Right::execute, question.verb);
  if (runs && rule.break_glass) return;
  answer.allowed = false;
  answer.reason = runs ? rule.source + " has no break-glass" : "whoever breaks the glass runs the verb, and no grant gives the right to execute";
  answer.source = runs ? rule.source : std::string(policy::Policy::kAccessPath);
}

// What somebody could sign in another's place, where their own roles do not let them.
const trust::Delegation* lent(Session& session, const policy::Policy& policy, const CanOptions& options, const Question& question, Asker& asker, Answer& answer) {
  if (question.right != policy::Right::approve || answer.allowed || options.name.starts_with(kRolePrefix)) return nullptr;
  const auto& replay = (*session.log())->replay();
  for (const auto* const loan : replay.trust().lent_to(options.name, replay.size(), session.clock().now())) {
    const Asker with{asker.name, {loan->role}, asker.kind};
    auto signs = approval::answer(policy, with, question);
    if (!signs.allowed || !loan->covers(question.verb.name)) continue;
    asker = with;
    answer = std::move(signs);
    return loan;
  }
  return nullptr;
}

Json can_json(const CanOptions& asked, const Asker& asker, const Question& question, const Answer& answer) {
  Json::Array why;
  for (const auto& grant : answer.grants) {
    Json::Array misses;
    for (const auto misfit : grant.misfits) misses.emplace_back(to_string(misfit));
    why.emplace_back(Json::Object{{"source", grant.source}, {"grant", grant.text}, {"misses", std::move(misses)}});
  }
  Json::Object json{{"format", "blc.policy-can/v1"},
                    {"name", asked.name},
                    {"roles", Json::Array(asker.roles.begin(), asker.roles.end())},
                    {"action", policy::to_string(question.right)},
                    {"verb", question.verb.name},
                    {"classification", to_string(question.verb.classification)},
                    {"environment", to_string(question.environment)},
                    {"allowed", answer.allowed},
                    {"reason", answer.reason},
                    {"source", answer.source},
                    {"why", std::move(why)}};
  if (answer.rule) {
    json.emplace("rule", answer.rule->source);
    json.emplace("slots", Json::Array(answer.fills.begin(), answer.fills.end()));
  }
  return json;
}

// Which slots there are and whose they are; nothing where no grant gives the right to approve.
std::string slots_words(const Answer& answer, const Asker& asker) {
  std::vector<std::string> slots;
  for (const auto& slot : answer.rule->slots) slots.push_back(fmt::format("{} ({})", slot.name, either(slot.roles)));
  if (slots.empty()) return "nobody has to sign";
  auto words = fmt::format("asks for {}: {}. ", count(slots.size(), "signature"), either(slots, "and"));
  if (answer.fills.empty()) return words + fmt::format("None of them is for {}.", asker.name);
  words += fmt::format("{} could fill {}", asker.name, either(answer.fills));
  return words + (answer.rule->requester_may_sign ? "." : fmt::format(", unless {} asked for the run.", asker.name));
}

void tell_lines(const Output& output, const Asker& asker, const Question& question, const Answer& answer) {
  if (answer.grants.empty()) output.line(fmt::format("  {}.", answer.reason), 4);
  const bool granted = !answer.grants.empty() && answer.grants.front().misfits.empty();
  for (const auto& grant : answer.grants) {
    if (granted && &grant != &answer.grants.front()) break;
    const auto lacks = approval::lacks(grant, question);
    output.line(fmt::format("  {}  {}{}", grant.source, grant.text, lacks.empty() ? "" : fmt::format(" ({})", lacks)), 4);
  }
  if (!answer.allowed && granted && !answer.rule) output.line(fmt::format("  {}", answer.reason), 4);
  if (answer.rule) output.line(fmt::format("  {}  {}", answer.rule->source, slots_words(answer, asker)), 4);
}

Result<Exit> can(Session& session, const CanOptions& options) {
  BLC_TRY(const auto settings, session.settings());
  BLC_TRY(const auto catalog, session.governing_catalog(settings.environment));
  BLC_TRY(auto asker, find_asker(session, catalog.policy(), options.name));
  BLC_TRY(const auto right, find_right(options.action));
  BLC_TRY(const auto verb, find_traits(catalog, options.verb));
  const Question question{right, settings.environment, verb, settings.rehearsal};
  auto answer = approval::answer(catalog.policy(), asker, question);
  hold_against_data(catalog, question, answer);
  hold_against_rule(catalog, asker, question, answer);
  const auto* const loan = lent(session, catalog.policy(), options, question, asker, answer);
  const auto code = answer.allowed ? Exit::done : Exit::refused;
  auto& output = session.output();
  if (output.json()) {
    auto json = can_json(options, asker, question, answer);
    if (loan != nullptr) json.get_if<Json::Object>()->emplace("in_place_of", loan->from);
    output.object(json);
    return code;
  }
  const auto roles = asker.roles.empty() ? std::string() : fmt::format(" ({})", either(asker.roles, "and"));
  output.line(fmt::format("{}: {}{} {} {} {}, {}, in {}.", answer.allowed ? "Yes" : "No", asker.name, roles,
                          answer.allowed ? "may" : "may not", policy::to_string(right), verb.name,
                          to_string(verb.classification), loud(settings.environment)));
  tell_lines(output, asker, question, answer);
  if (loan != nullptr)
    output.line(fmt::format("Only in the place of {}, who lent them the role {} until {}, and never for a run that either of them asked for.",
                            loan->from, loan->role, when(loan->until, session.clock().now())));
  if (settings.environment != Environment::local)
    output.line(fmt::format("These are the lines of the adopted catalog {}.", catalog.version()));
  if (!answer.allowed) output.line("Next  blc trust show lists who holds which role");
  return code;
}

// --- blc policy test -------------------------------------------------------------------------------------

// The bytes of each file by the name that it is told under. One in a folder below, or one that is no file, would else look
// as if it had passed.
Result<trust::Catalog::Files> all_tests(Session& session) {
  BLC_TRY(auto* const practice, session.files());
  BLC_TRY(const auto paths, practice->list_all(std::string(approval::kPolicyTestsFolder.substr(0, approval::kPolicyTestsFolder.size() - 1))));
  trust::Catalog::Files found;
  for (const auto& path : paths) {
    if (!path.ends_with(".yaml")) continue;
    BLC_TRY(auto bytes, practice->read(path, kMostTests));
    if (bytes) found.emplace(path, *std::move(bytes));
  }
  return found;
}

// A file as the person names it, from where they are; it must lie in the practice.
Result<trust::Catalog::Files> named_tests(Session& session, const std::vector<std::string>& names) {
  namespace fs = std::filesystem;
  BLC_TRY(auto* const practice, session.files());
  trust::Catalog::Files found;
  for (const auto& name : names) {
    if (name.empty()) return fail(Exit::usage, "a file of tests has a name", "blc policy test without a name runs all of policies/tests");
    const auto path = fs::absolute(name).lexically_normal().lexically_relative(session.directory()).string();
    if (path.starts_with(".."))
      return fail(Exit::usage, fmt::format("{} does not lie in this practice", text::display(name)), "policy tests lie in policies/tests");
    BLC_TRY(auto bytes, practice->read(path, kMostTests));
    if (!bytes) return fail(Exit::usage, fmt::format("{} is not there", text::display(name)), "blc policy test without a name runs all of policies/tests");
    found.emplace(path, *std::move(bytes));
  }
  return found;
}

Json result_json(const PolicyTestResult& result) {
  Json::Object json{{"name", result.name}, {"source", result.source}, {"passed", result.passed}};
  if (!result.passed) {
    json.emplace("question", result.question);
    json.emplace("expected", result.expected);
    json.emplace("got", result.got);
    json.emplace("reason", result.reason);
    json.emplace("policy", result.policy);
  }
  return json;
}

Json results_json(const std::vector<PolicyTestResult>& results, std::size_t failed) {
  Json::Array list;
  for (const auto& result : results) list.push_back(result_json(result));
  return Json::Object{{"format", "blc.policy-test/v1"}, {"passed", results.size() - failed}, {"failed", failed}, {"results", std::move(list)}};
}

Result<Exit> test(Session& session, const std::vector<std::string>& names) {
  BLC_TRY(const auto catalog, session.governing_catalog(Environment::local));
  BLC_TRY(const auto files, names.empty() ? all_tests(session) : named_tests(session, names));
  std::vector<PolicyTestResult> results;
  for (const auto& [path, bytes] : files) {
    auto of_file = approval::run_policy_tests(bytes, path, catalog);
    if (!of_file) return fail(of_file.error().code, of_file.error().message, "mend that line; man blc-policy shows what a test looks like");
    std::ranges::move(*of_file, std::back_inserter(results));
  }
  if (results.empty())
    return fail(Exit::usage, names.empty() ? "there is no policy test in policies/tests" : "there is no policy test in what you named",
                "man blc-policy shows how to write one");
  const auto failed = static_cast<std::size_t>(std::ranges::count(results, false, &PolicyTestResult::passed));
  auto& output = session.output();
  if (output.json()) output.object(results_json(results, failed));
  for (const auto& result : results) {
    if (!result.passed)
      output.line(fmt::format("{}  {}: expected {}, got {} ({}); {}: {}", result.source, text::display(result.name),
                              text::display(result.expected), result.got, result.policy, text::display(result.question),
                              text::display(result.reason)), 4);
  }
  output.line(fmt::format("{} passed, {} failed", results.size() - failed, failed));
  if (failed == 0) return Exit::done;
  output.line("Next  blc policy can NAME ACTION VERB asks the policy one question");
  return Exit::failed;
}

}  // namespace

void add_policy(Commands& commands) {
  const auto policy = commands.group("policy", "What the policy allows whom, and the practice's tests of it");
  auto asked = std::make_shared<CanOptions>();
  const auto asking = commands.add(policy, "can", "Whether somebody may do something with a verb, and the lines that say so",
                                    [asked](Session& session) { return can(session, *asked); });
  asking.add_option("name", asked->name, "a person or service by name, or role:NAME").required();
  asking.add_option("action", asked->action, "a right: plan, read, approve, execute, deploy, monitor, audit, reveal, break-glass or tier-check").required();
  asking.add_option("verb", asked->verb, "the verb's name, one word or two").required();
  auto files = std::make_shared<std::vector<std::string>>();
  const auto testing = commands.add(policy, "test", "Hold the practice's policy to its own tests",
                                     [files](Session& session) { return test(session, *files); });
  testing.add_option("file", *files, "a file of tests; without, all of policies/tests");
}

}  // namespace blc::cli

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/command.hpp"
#include "cli/views/delegations.hpp"
#include "cli/views/key_view.hpp"
#include "cli/views/words.hpp"
#include "core/adapters/signers.hpp"
#include "core/text/display.hpp"

namespace blc::cli {

using text::Json;

namespace {

// Which verbs a right holds for in an environment: none, all, or those of some classifications or marks.
struct Scope {
  policy::Right right;
  std::vector<Classification> classifications;
  std::vector<std::string> marks;  // verbs of the other classifications only with one of these
  [[nodiscard]] bool none() const { return classifications.empty() && marks.empty(); }
  [[nodiscard]] bool all() const { return classifications.size() == kClassifications.size(); }
};

Scope scope_of(const policy::Policy& policy, const trust::Principal& who, Environment environment, policy::Right right) {
  const bool person = who.kind == trust::PrincipalKind::person;
  Scope scope{right, {}, {}};
  std::vector<Classification> others;
  for (const auto classification : kClassifications) {
    const bool plain = policy.allows(who.roles, person, environment, right, {{}, classification, {}});
    (plain ? scope.classifications : others).push_back(classification);
  }
  for (const auto mark : policy::kMarks) {
    const bool marked = std::ranges::any_of(others, [&](const auto classification) {
      return policy.allows(who.roles, person, environment, right, {{}, classification, {std::string(mark)}});
    });
    if (marked) scope.marks.emplace_back(mark);
  }
  return scope;
}

std::vector<Scope> scopes_of(const policy::Policy& policy, const trust::Principal& who, Environment environment) {
  std::vector<Scope> scopes;
  for (const auto right : policy::all_rights()) {
    auto scope = scope_of(policy, who, environment, right);
    if (!scope.none()) scopes.push_back(std::move(scope));
  }
  return scopes;
}

// "plan", "reveal (clinical)", "execute (personal; verbs marked demo)".
std::string scope_text(const Scope& scope) {
  auto name = std::string(policy::to_string(scope.right));
  if (scope.all()) return name;
  std::vector<std::string> classes;
  for (const auto classification : scope.classifications) classes.emplace_back(to_string(classification));
  auto text = classes.empty() ? std::string() : either(classes, "and");
  if (!scope.marks.empty()) text += (text.empty() ? "" : "; ") + ("verbs marked " + either(scope.marks));
  return fmt::format("{} ({})", name, text);
}

std::string rights_line(Environment environment, const std::vector<Scope>& scopes, std::size_t width) {
  std::vector<std::string> texts;
  for (const auto& scope : scopes) texts.push_back(scope_text(scope));
  const auto lead = fmt::format("  {:<11}  ", loud(environment));
  return wrap(lead + (texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "))), width, lead.size());
}

Json rights_json(const std::vector<Scope>& scopes) {
  Json::Array rights;
  for (const auto& scope : scopes) {
    Json::Array classes;
    for (const auto classification : scope.classifications) classes.emplace_back(to_string(classification));
    rights.emplace_back(Json::Object{{"right", policy::to_string(scope.right)},
                                     {"classifications", std::move(classes)},
                                     {"marked", Json::Array(scope.marks.begin(), scope.marks.end())}});
  }
  return rights;
}

Result<Exit> whoami(Session& session) {
  BLC_TRY(const auto* const log, session.log());
  BLC_TRY(const auto path, session.key_path());
  BLC_TRY(const auto key, adapters::read_public_half(path));
  const auto* const me = log->replay().root()->owner(key);
  if (me == nullptr)
    return fail(Exit::authentication,
                fmt::format("your key {} ({}) is not enrolled in this practice", key.fingerprint(), text::display(path)),
                "an admin enrols it: blc trust add NAME --key FILE.pub --role ROLE; blc key list shows your other keys");
  auto& output = session.output();
  Json::Object rights;
  std::vector<std::string> lines;
  for (const auto environment : kEnvironments) {
    BLC_TRY(const auto catalog, session.governing_catalog(environment));
    const auto scopes = scopes_of(catalog.policy(), *me, environment);
    lines.push_back(rights_line(environment, scopes, output.width()));
    rights.emplace(to_string(environment), rights_json(scopes));
  }
  std::vector<std::string> lent_lines;
  Json::Array lent;
  for (const auto* const delegation : lent_now(log->replay(), session.clock().now())) {
    if (delegation->to != me->name && delegation->from != me->name) continue;
    lent_lines.push_back(delegation_line(*delegation, session.clock().now()) + ".");
    lent.emplace_back(delegation_json(*delegation));
  }
  if (output.json()) {
    auto json = key_json(key, me);
    json.emplace("path", path);
    output.object(Json::Object{{"format", "blc.whoami/v1"},
                               {"name", me->name},
                               {"kind", me->kind == trust::PrincipalKind::person ? "person" : "service"},
                               {"roles", Json::Array(me->roles.begin(), me->roles.end())},
                               {"practice", session.directory()},
                               {"origin", log->replay().origin()},
                               {"key", std::move(json)},
                               {"rights", std::move(rights)},
                               {"delegations", std::move(lent)}});
    return Exit::done;
  }
  output.line(fmt::format("You are {} ({}).", output.bold(me->name), either(me->roles, "and")));
  output.line(fmt::format("Practice {}, {}", text::display(session.directory()), log->replay().origin()), 9);
  output.line(fmt::format("Key      {}", text::display(path)));
  output.line(fmt::format("         {}\n         {}", key.fingerprint(), key_words(key, me)));
  output.line();
  output.line("What you may do, of runs in");
  for (const auto& line : lines) output.line(line);
  for (const auto& line : lent_lines) output.line(line);
  if (me->has_role(trust::kAdminRole)) output.line("As an admin you also enrol and remove people, and adopt the catalog.");
  return Exit::done;
}

}  // namespace

void add_whoami(Commands& commands) {
  commands.add(commands.app, "whoami", "Who you are in this practice, and what you may do", whoami);
}

}  // namespace blc::cli

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/times.hpp"
#include "cli/views/delegations.hpp"
#include "cli/views/words.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"
#include "core/text/yaml.hpp"

namespace blc::cli {

using text::Json;

namespace {

struct DelegateOptions {
  std::string role;
  std::string to;
  std::string until;
  std::vector<std::string> verbs;
  bool end = false;
};

Result<Exit> delegate(Session& session, const DelegateOptions& options) {
  if (options.end && (!options.until.empty() || !options.verbs.empty()))
    return fail(Exit::usage, "--end takes all of the role back that you lent them", "leave --until and --verbs out");
  if (!options.end && options.until.empty())
    return fail(Exit::usage, "until when is missing: a role is lent for a while", fmt::format("blc delegate {} {} --until +7d", options.role, options.to));
  if (!is_name(options.role)) return fail(Exit::usage, fmt::format("no role is called {}", text::display(options.role)), "blc whoami lists your roles");
  for (const auto& pattern : options.verbs) {
    if (!policy::is_pattern(pattern))
      return fail(Exit::usage, fmt::format("--verbs: expected a verb's name or a pattern like client-*, found {}", text::found(pattern)), "blc verbs lists them");
  }
  trust::Delegation delegation{options.role, options.to, options.verbs, {}, options.end};
  const auto now = session.clock().now();
  if (!options.end) {
    BLC_TRY(delegation.until, parse_when(options.until, now, "--until"));
    if (delegation.until <= now) return fail(Exit::usage, "--until: that time is over", fmt::format("blc delegate {} {} --until +7d", options.role, options.to));
    if (delegation.until > now + trust::kLongestDelegation)
      return fail(Exit::usage, fmt::format("--until: a role is lent for {} days at most", trust::kLongestDelegation.count()), "name a nearer time; it can be lent again");
  }
  BLC_TRY(auto* const desk, session.desk());
  std::vector<std::string> names;
  for (const auto& principal : desk->log().replay().root()->principals()) names.push_back(principal.name);
  if (std::ranges::find(names, options.to) == names.end())
    return fail(Exit::usage, fmt::format("nobody here is called {}", text::display(options.to)), text::did_you_mean(options.to, names, "blc trust show lists people"));
  BLC_CHECK(recorded(session, desk->name(), "lend the role " + options.role, desk->delegate(delegation)));
  auto& output = session.output();
  if (output.json()) {
    output.object(Json::Object{{"format", "blc.delegation/v1"}, {"from", desk->name()}, {"delegation", delegation.to_json()}});
  } else if (options.end) {
    output.line(fmt::format("{} no longer signs as {} in your place; what they signed so counts no more.", options.to, options.role));
  } else {
    output.line(fmt::format("{} may sign as {} in your place until {}{}, for runs that are planned from now on and that neither of you asked for. Where you sign yourself, they do not.",
                            options.to, options.role, when(delegation.until, now), verbs_words(delegation)));
    output.line(fmt::format("blc delegate {} {} --end takes it back.", options.role, options.to));
  }
  return Exit::done;
}

}  // namespace

void add_delegate(Commands& commands) {
  auto options = std::make_shared<DelegateOptions>();
  const auto command = commands.add(commands.app, "delegate", "Have somebody sign in your place, in one role, for a while",
                                     [options](Session& session) { return delegate(session, *options); });
  command.add_option("role", options->role, "a role that you hold yourself").required();
  command.add_option("to", options->to, "who signs in your place").required();
  command.add_option("--until", options->until, "for how long: 18:00, +7d, 2026-12-24T18:00, also with Z or +01:00; 31 days at most").type_name("TIME");
  command.add_option("--verbs", options->verbs, "only runs of these verbs: names or patterns like client-*; without, of all")
      .type_name("PATTERN").one_each();
  command.add_flag("--end", options->end, "take it back");
}

}  // namespace blc::cli

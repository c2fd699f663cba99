#include "cli/completion.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

#include "cli/tree.hpp"
#include "cli/views/words.hpp"
#include "core/text/display.hpp"
#include "core/tier/tiers.hpp"

namespace blc::cli {

namespace {

constexpr std::size_t kMostRuns = 50;
// Where those that fit may lie among many that do not, only the newest are looked at: a shell waits for the answer.
constexpr std::size_t kMostLookedAt = 200;

// What an option or argument takes, by the name that help gives its value and, where that says too little, its
// command.
enum class Takes { unknown, environment, classification, run, person, anybody, role, right, verb, state, command, file, folder, tier };
struct Named {
  std::string_view command;  // empty: any
  std::string_view value;
  Takes takes;
};
constexpr std::array<Named, 20> kNamed{{
    {"", "ENVIRONMENT", Takes::environment},
    {"", "ENV", Takes::environment},
    {"", "CLASSIFICATION", Takes::classification},
    {"", "RUN", Takes::run},
    {"", "OTHER", Takes::run},
    {"", "BY", Takes::person},
    {"", "PERSON", Takes::person},
    {"", "ROLE", Takes::role},
    {"", "VERB", Takes::verb},
    {"", "STATE", Takes::state},
    {"", "COMMAND", Takes::command},
    {"", "FILE", Takes::file},
    {"", "FILE.pub", Takes::file},
    {"", "DIR", Takes::folder},
    {"", "TIER", Takes::tier},
    {"", "ACTION", Takes::right},
    {"policy can", "NAME", Takes::anybody},
    {"trust remove", "NAME", Takes::anybody},
    {"verbs", "NAME", Takes::verb},
    {"key new", "PATH", Takes::file},
}};

Takes taken_by(std::string_view command, std::string_view value) {
  const auto found = std::ranges::find_if(
      kNamed, [&](const auto& each) { return each.value == value && (each.command.empty() || each.command == command); });
  return found == kNamed.end() ? Takes::unknown : found->takes;
}

// Words that every shell takes as they are, wherever they come from.
bool harmless(std::string_view word) {
  constexpr std::string_view kOthers = "._/+%,-";
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kOthers.find(c) != std::string_view::npos;
  };
  return !word.empty() && word.front() != '-' && std::ranges::all_of(word, fits);
}

// The order of CLI11: options of a command reach those of its parents.
const CLI::Option* option_named(const CLI::App* command, const std::string& name) {
  for (; command != nullptr; command = command->get_parent())
    if (const auto* const option = command->get_option_no_throw(name); option != nullptr) return option;
  return nullptr;
}

const CLI::App* command_below(const CLI::App& command, const std::string& name) {
  const auto found = command.get_subcommands([&](const CLI::App* below) { return below->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

std::vector<const CLI::Option*> positionals_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

// Where on the line the last word stands.
struct Place {
  const CLI::App* command;
  std::string path;  // of the command, below blc
  std::set<std::string> given;             // options
  std::size_t arguments = 0;               // positional words before it
  std::string last_argument;
  const CLI::Option* awaits = nullptr;     // the option whose value the last word is
  bool only_arguments = false;             // after --
};

// One word before the last.
void pass(Place& place, const std::string& word) {
  const auto* const awaiting = std::exchange(place.awaits, nullptr);
  const bool optional = awaiting != nullptr && awaiting->get_items_expected_min() == 0;
  if (awaiting != nullptr && !(optional && word.starts_with("-"))) return;
  if (!place.only_arguments && word == "--") {
    place.only_arguments = true;
  } else if (!place.only_arguments && word.starts_with("-")) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    const auto* const option = option_named(place.command, name);
    place.given.insert(name);
    if (option != nullptr && equals == std::string::npos && option->get_items_expected_max() > 0) place.awaits = option;
  } else {
    const auto* const below = place.arguments == 0 && !place.only_arguments ? command_below(*place.command, word) : nullptr;
    if (below == nullptr) {
      ++place.arguments;
      place.last_argument = word;
      return;
    }
    place.path += (place.path.empty() ? "" : " ") + word;
    place.command = below;
  }
}

class Completer {
 public:
  Completer(Session& session, const std::vector<verb::Verb>& verbs, std::string current)
      : session_(session), verbs_(verbs), current_(std::move(current)) {}

  Completions at(const Place& place) {
    const auto equals = current_.find('=');
    const bool optional = place.awaits != nullptr && place.awaits->get_items_expected_min() == 0;
    if (place.awaits != nullptr && !(optional && current_.starts_with("-"))) {
      values(place, *place.awaits);
    } else if (!place.only_arguments && current_.starts_with("--") && equals != std::string::npos) {
      lead_ = current_.substr(0, equals + 1);
      current_ = current_.substr(equals + 1);
      const auto* const option = option_named(place.command, lead_.substr(0, equals));
      if (option != nullptr) values(place, *option);
    } else if (!place.only_arguments && current_.starts_with("-")) {
      options(place);
    } else {
      if (place.arguments == 0 && !place.only_arguments) commands(*place.command);
      const auto arguments = positionals_of(*place.command);
      if (arguments.empty()) return found_;
      const auto index = std::min(place.arguments, arguments.size() - 1);
      if (index == place.arguments || arguments[index]->get_items_expected_max() > 1) values(place, *arguments[index]);
    }
    return found_;
  }

 private:
  void offer(const std::string& word, std::string_view about = {}) {
    if (harmless(word) && word.starts_with(current_)) found_.candidates.push_back({lead_ + word, text::display(about)});
  }

  void commands(const CLI::App& command) {
    for (const auto* const below : command.get_subcommands([](const CLI::App* each) { return !hidden(*each); }))
      offer(below->get_name(), below->get_description());
  }

  // The nearest of a name: --help is that of the command.
  void options(const Place& place) {
    std::set<std::string> offered;
    for (const auto* command = place.command; command != nullptr; command = command->get_parent()) {
      for (const auto* const option : command->get_options([](const CLI::Option* each) { return !each->get_group().empty(); })) {
        for (const auto& name : option->get_lnames()) {
          const auto word = "--" + name;
          const bool again = option->get_items_expected_max() > 1;
          if (!harmless(name) || !word.starts_with(current_) || !offered.insert(word).second) continue;
          if (again || !place.given.contains(word))
            found_.candidates.push_back({word, text::display(option->get_description())});
        }
      }
    }
  }

  void values(const Place& place, const CLI::Option& option) {
    const auto name = option.get_positional() ? option.get_name(true) : option.get_name();
    for (const auto& verb : verbs_) {
      if (verb.name == place.path && parameter(verb, name)) return;
    }
    // CLI11 describes a closed list as TEXT:{auto,always,never}.
    const auto type = option.get_type_name();
    if (const auto open = type.find(":{"); open != std::string::npos && type.ends_with('}')) {
      for (const auto& word : CLI::detail::split(type.substr(open + 2, type.size() - open - 3), ',')) offer(word);
      return;
    }
    values(place, taken_by(place.path, value_name(option)));
  }

  void values(const Place& place, Takes takes) {
    switch (takes) {
      case Takes::unknown: return;
      case Takes::environment:
        for (const auto each : kEnvironments) offer(std::string(to_string(each)));
        return;
      case Takes::tier:
        for (const auto each : tier::kTiers) offer(std::string(to_string(each)));
        return;
      case Takes::classification:
        for (const auto each : {Classification::personal, Classification::business, Classification::clinical})
          offer(std::string(to_string(each)));
        return;
      case Takes::run: return runs(place.path);
      case Takes::person: return principals(true);
      case Takes::anybody: return principals(false);
      case Takes::role: return roles();
      case Takes::right:
        for (const auto right : policy::all_rights()) offer(std::string(policy::to_string(right)));
        return;
      case Takes::verb: return verb_words(place);
      case Takes::state:
        for (auto state = approval::State::planning; state <= approval::State::closed;
             state = static_cast<approval::State>(static_cast<int>(state) + 1))
          offer(std::string(to_string(state)));
        return;
      case Takes::command: return command_words(place);
      case Takes::file: found_.paths = Completions::Paths::files; return;
      case Takes::folder: found_.paths = Completions::Paths::folders; return;
    }
  }

  // True when `name` is one of the verb's parameters, whose values are offered here or by nobody.
  bool parameter(const verb::Verb& verb, const std::string& name) {
    const auto* const parameter = name.starts_with("--") ? verb.parameter(name.substr(2)) : nullptr;
    if (parameter == nullptr) return false;
    if (parameter->phi || parameter->name == verb.subject) return true;
    const auto about = [&](const std::string& value) { return parameter->fallback == value ? "default" : ""; };
    for (const auto& value : parameter->values) offer(value, about(value));
    if (parameter->type == verb::ParameterType::boolean) {
      for (const auto* const value : {"true", "false"}) offer(value, about(value));
    } else if (parameter->values.empty() && parameter->fallback) {
      offer(*parameter->fallback, "default");
    }
    if (parameter->type == verb::ParameterType::path) found_.paths = Completions::Paths::files;
    return true;
  }

  void command_words(const Place& place) {
    const auto* top = place.command;
    while (top->get_parent() != nullptr) top = top->get_parent();
    const auto* const above = place.arguments == 0 ? top : command_below(*top, place.last_argument);
    if (above != nullptr && place.arguments < 2) commands(*above);
  }

  // Names of verbs have one or two words; the second is offered after the first.
  void verb_words(const Place& place) {
    std::set<std::string> offered;
    const auto words = place.arguments - (place.path == "policy can" ? 2 : 0);  // NAME and ACTION stand before it
    for (const auto& verb : verbs_) {
      const auto space = verb.name.find(' ');
      const auto first = verb.name.substr(0, space);
      if (words == 0 && offered.insert(first).second) offer(first, verb.summary);
      if (words == 1 && first == place.last_argument && space != std::string::npos)
        offer(verb.name.substr(space + 1), verb.summary);
    }
  }

  void principals(bool only_people) {
    const auto log = session_.log();
    if (!log) return;
    for (const auto& principal : (*log)->replay().root()->principals()) {
      if (!only_people || principal.kind == trust::PrincipalKind::person) offer(principal.name, either(principal.roles, "and"));
    }
  }

  void roles() {
    const auto log = session_.log();
    if (!log) return;
    offer(std::string(trust::kAdminRole));
    for (const auto& role : (*log)->replay().catalog()->policy().roles()) offer(role);
  }

  // Newest first; those that the command could be meant for.
  void runs(const std::string& command) {
    const auto log = session_.log();
    if (!log) return;
    const auto& replay = (*log)->replay();
    const auto* const me = session_.known_me();
    const auto now = session_.clock().now();
    std::ranges::transform(current_, current_.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    std::size_t looked_at = 0;
    replay.each_run(where_to_look(command, me == nullptr ? std::string() : me->name, now), [&](const approval::Run& run) {
      const bool more = ++looked_at < kMostLookedAt;
      const auto state = replay.state(run, now);
      if (!fits(command, run, state, me == nullptr ? std::string() : me->name)) return more;
      // Never what it is about: parameters may name people.
      offer(run.id.suffix(), fmt::format("{}, {}, {}, by {}, {}", run.request->request.verb, to_string(state),
                                         loud(run.environment), run.request->by, ago(run.request->at, now)));
      return found_.candidates.size() < kMostRuns && more;
    });
  }

  // All that fits() takes lies there.
  [[nodiscard]] approval::RunFilter where_to_look(const std::string& command, const std::string& me, Timestamp now) const {
    constexpr std::array<std::string_view, 7> kOfLiveRuns{"approve", "reject", "withdraw", "ask", "reply", "close", "resume"};
    if (std::ranges::find(kOfLiveRuns, command) != kOfLiveRuns.end()) return {.live_at = now};
    if (command == "execute" || command.empty() || is_verb(command)) return {.by = me, .live_at = now};
    if (command == "cancel") return {.by = me};
    if (command == "review") return {.glass_broken = true};
    return {};
  }

  [[nodiscard]] bool is_verb(const std::string& name) const {
    return std::ranges::find(verbs_, name, &verb::Verb::name) != verbs_.end();
  }

  bool fits(const std::string& command, const approval::Run& run, approval::State state, const std::string& me) {
    using approval::State;
    const bool mine = run.request->by == me;
    const bool open = state == State::pending || state == State::approved;
    if (command == "approve" || command == "reject") {
      if (state != State::pending) return false;
      const auto decision = approval::decide((*session_.log())->replay().context(run, session_.clock().now()));
      return std::ranges::any_of(decision.slots, [&](const auto& slot) {
        return !slot.by && std::ranges::find(slot.open_to, me) != slot.open_to.end();
      });
    }
    if (command == "withdraw")
      return open && std::ranges::any_of(run.approvals, [&](const auto& approval) { return approval.by == me; });
    if (command == "cancel") return mine && (open || state == State::planning);
    if (command == "ask") return run.plan && !ended(run) && state != State::expired;
    if (command == "reply") return !ended(run) && state != State::expired && !open_questions(run).empty();
    if (command == "close") return state == State::partial || state == State::indeterminate;
    if (command == "review") return awaits_review(run, approval::kWholeLedger);
    if (command == "resume") return state == State::indeterminate;
    if (command == "rollback") return state == State::succeeded;
    if (command == "output") return run.claim.has_value();
    if (command == "wait") return open || state == State::planning || state == State::executing;
    const bool verb = is_verb(command);  // --run-id
    if (command == "execute" || command.empty() || verb)
      return mine && state == State::approved && (!verb || run.request->request.verb == command);
    return true;
  }

  Session& session_;
  const std::vector<verb::Verb>& verbs_;
  std::string current_;
  std::string lead_;  // --option= before the value
  Completions found_;
};

}  // namespace

std::string Completions::to_text() const {
  std::string text;
  for (const auto& candidate : candidates)
    text += candidate.about.empty() ? candidate.word + "\n" : fmt::format("{}\t{}\n", candidate.word, candidate.about);
  constexpr std::array<std::string_view, 3> kPaths{":\n", ":files\n", ":folders\n"};
  return text += kPaths.at(static_cast<std::size_t>(paths));
}

Completions complete(const CLI::App& app, Session& session, const std::vector<verb::Verb>& verbs,
                     const std::vector<std::string>& words) {
  Place place{&app, {}, {}, 0, {}, nullptr, false};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) pass(place, words[i]);
  return Completer(session, verbs, words.empty() ? std::string() : words.back()).at(place);
}

}  // namespace blc::cli

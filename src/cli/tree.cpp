#include "cli/tree.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "cli/views/words.hpp"
#include "core/adapters/terminal.hpp"

namespace blc::cli {

namespace {

constexpr const char* kFooter =
    "A verb is planned first, always: nothing is changed until the signatures that the policy asks for are "
    "in the ledger and somebody runs it. blc verbs lists this practice's verbs; man blc has the rest.";

// --help in the words of the manual: RUN for an argument, --digest DIGEST for an option; as wide as the terminal is.
class Help : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override { return fit(CLI::Formatter::make_description(app), width()); }
  std::string make_footer(const CLI::App* app) const override { return fit(CLI::Formatter::make_footer(app), width()); }
  std::string make_usage(const CLI::App* app, std::string name) const override {
    return fit(CLI::Formatter::make_usage(app, std::move(name)), width(), 2);
  }
  std::string make_option(const CLI::Option* option, bool positional) const override {
    return entry(make_option_name(option, positional) + make_option_opts(option), make_option_desc(option));
  }
  std::string make_subcommand(const CLI::App* command) const override {
    return entry(command->get_display_name(true), command->get_description());
  }
  std::string make_option_name(const CLI::Option* option, bool positional) const override {
    return positional ? value_name(*option) : CLI::Formatter::make_option_name(option, false);
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    const bool flag = option->get_items_expected_max() == 0;
    auto text = flag || option->get_positional() ? std::string() : " " + value_name(*option);
    if (option->get_expected_max() == CLI::detail::expected_max_vector_size) text += " ...";
    return text + (option->get_required() ? " (required)" : "");
  }

 private:
  static std::size_t width() { return adapters::Terminal().width(); }

  // A name too long for its column has what it means below it.
  static std::string entry(const std::string& name, const std::string& meaning) {
    const std::size_t column = width() < 80 ? 22 : 30;
    auto lead = "  " + name;
    const bool below = lead.size() + 2 > column;
    if (below) return wrap(lead, width(), 4) + "\n" + wrap(std::string(column, ' ') + meaning, width(), column) + "\n";
    lead.resize(column, ' ');
    return wrap(lead + meaning, width(), column) + "\n";
  }
};

// Commands that one file adds, with their first words, by which the tree is built no further than a line needs.
struct Family {
  std::vector<std::string_view> words;
  void (*add)(Commands& commands);
};

const std::vector<Family>& families() {
  static const std::vector<Family> all{
      {{"inbox", "verbs"}, add_lists},
      {{"runs"}, add_runs},
      {{"show", "explain", "output"}, add_show},
      {{"wait"}, add_wait},
      {{"diff"}, add_diff},
      {{"again"}, add_again},
      {{"approve"}, add_approve},
      {{"reject", "withdraw", "cancel", "close", "review"}, add_sign},
      {{"ask", "reply"}, add_notes},
      {{"execute"}, add_execute},
      {{"delegate"}, add_delegate},
      {{"resume"}, add_resume},
      {{"rollback"}, add_rollback},
      {{"subject"}, add_subject},
      {{"ledger"}, add_ledger},
      {{"trust"}, add_trust},
      {{"catalog"}, add_catalog},
      {{"policy"}, add_policy},
      {{"tier"}, add_tier},
      {{"key"}, add_key},
      {{"whoami"}, add_whoami},
      {{"init"}, add_init},
      {{"doctor"}, add_doctor},
      {{"completion"}, add_completion},
      {{"help"}, add_help},
  };
  return all;
}

// help shows any command: it needs all of them.
bool holds(const Family& family, std::string_view word) {
  return word != "help" && std::ranges::find(family.words, word) != family.words.end();
}

void name_pages(CLI::App& under) {
  for (auto* const command : under.get_subcommands([](CLI::App*) { return true; })) {
    command->footer("More, with examples: man " + page_of(*command));
    name_pages(*command);
  }
}

}  // namespace

void add_globals(CLI::App& app, Globals& globals) {
  app.add_option("--env", globals.environment, "the environment: local (or development, dev), integration, staging or production (or prod); BLC_ENV, else local")
      ->type_name("ENVIRONMENT");
  app.add_option("--classification", globals.classification, "refuse verbs above this: personal, business or clinical (BLC_CLASSIFICATION)");
  app.add_flag("--clinical", globals.clinical, "assert that the verb is clinical; an error on any other");
  app.add_flag("--dry-run", globals.dry_run, "plan only: what a verb does anyway");
  app.add_flag("--approve", globals.approve, "with a verb: run the approved run that --run-id names, or on a terminal the only one of yours that fits");
  app.add_option("--run-id", globals.run_id, "with --approve: the run's ID, or the last six characters of it")->type_name("RUN");
  app.add_option("--practice", globals.practice, "the practice's directory (BLC_PRACTICE; else the nearest one upwards)")
      ->type_name("DIR");
  app.add_option("--store", globals.store, "where the ledger is: sqlite:PATH (BLC_STORE; else .blc/ledger.db in the practice)")
      ->type_name("URL");
  app.add_option("--key", globals.key,
                 "the key to sign with: an OpenSSH private key, a PKCS#8 Ed25519 key, or a .pub file whose private half "
                 "ssh-agent holds (BLC_KEY; else the one that blc key new made)")
      ->type_name("FILE");
  app.add_flag("--json", globals.json, "one JSON object on standard output");
  app.add_flag("--no-input", globals.no_input, "ask for nothing, even on a terminal");
  app.add_option("--color", globals.color, "when to colour: auto (on a terminal, unless NO_COLOR is set or TERM is dumb), always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("-q,--quiet", globals.quiet, "only results, warnings and errors");
  app.add_flag("-v,--verbose", globals.verbose, "what is done, as the log tells it, on standard error: see blc-log(5)");
}

bool build_tree(Commands& commands, Globals& globals, std::string_view only) {
  auto& app = commands.app.tree();
  app.name("blc");
  app.description("Plan, sign, run once: operations for a healthcare practice.");
  app.formatter(std::make_shared<Help>());
  app.set_help_flag("-h,--help", "print this help and exit");
  app.set_version_flag("--version", std::string("blc ") + BLC_VERSION, "print the version and exit");
  app.require_subcommand(0, 1);
  app.footer(kFooter);
  add_globals(app, globals);
  const auto named = std::ranges::find_if(families(), [&](const auto& family) { return holds(family, only); });
  const bool whole = named == families().end();
  for (const auto& family : families()) {
    if (whole || &family == &*named) family.add(commands);
  }
  name_pages(app);
  return whole;
}

Syntax Commands::add(Syntax under, const std::string& name, const std::string& summary, Command command) {
  auto* const sub = under.tree().add_subcommand(name, summary);
  sub->fallthrough();
  sub->callback([this, command = std::move(command)] { chosen = command; });
  return Syntax{*sub};
}

Syntax Commands::group(const std::string& name, const std::string& summary) const {
  auto* const sub = app.tree().add_subcommand(name, summary);
  sub->fallthrough();
  sub->require_subcommand(1);
  return Syntax{*sub};
}

bool hidden(const CLI::App& command) { return command.get_group().empty(); }

std::string value_name(const CLI::Option& option) {
  const auto type = option.get_type_name();
  auto given = type.substr(0, type.find(':'));  // CLI11 appends what its checks allow
  // A name of CLI11's own for the C++ type says nothing.
  if (!given.empty() && given != "TEXT" && given != "INT" && given != "UINT" && given != "FLOAT") return given;
  return upper(option.get_positional() ? option.get_name(true) : option.get_lnames().front());
}

std::string page_of(const CLI::App& command) {
  const auto* at = &command;
  while (at->get_parent() != nullptr && at->get_parent()->get_parent() != nullptr) at = at->get_parent();
  return at->get_parent() == nullptr ? "blc" : "blc-" + at->get_name();
}

}  // namespace blc::cli

#include "core/plan/planner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "core/crypto/digest.hpp"
#include "core/plan/digests.hpp"
#include "core/plan/programs.hpp"
#include "core/plan/templates.hpp"
#include "core/privacy/check.hpp"
#include "core/text/display.hpp"

namespace blc::plan {

using text::Json;
using verb::Template;

namespace {

// Lexically a path below the practice; whether there is such a file is for PracticeFiles to say.
bool looks_like_path(std::string_view text) {
  return !text.empty() && text.size() <= 1024 && text.front() != '-' && text.front() != '/' &&
         text.find("..") == std::string_view::npos && text::plain(text);
}

// The beginning of what a program said on standard error, without its last line break.
std::string said(std::string_view errors) {
  constexpr std::size_t kShown = 400;
  errors = errors.substr(0, kShown);
  while (errors.ends_with('\n')) errors.remove_suffix(1);
  return text::display_lines(errors);
}

// Resolves one verb; a fresh object for each resolution.
class Resolver {
 public:
  Resolver(ports::Processes& processes, ports::PracticeFiles& files, ports::Credentials& credentials, const Subject& subject,
           std::stop_token stop)
      : processes_(processes), files_(files), credentials_(credentials), subject_(subject), stop_(std::move(stop)) {}

  Result<Resolved> run() {
    auto& resolution = resolved_.resolution;
    resolution.verb = subject_.verb.name;
    resolution.classification = subject_.verb.classification;
    resolution.environment = subject_.environment;
    resolution.fidelity = subject_.verb.fidelity;
    resolution.rehearsal = subject_.rehearsal;
    resolution.parameters = subject_.parameters;
    resolution.isolation = processes_.isolation();
    resolution.rule = subject_.rule;
    resolution.required_run = subject_.required_run;
    resolution.governing = subject_.governing;
    if (subject_.earlier != nullptr) keep_observations_of_what_is_done();
    if (subject_.undoing != nullptr) {
      BLC_CHECK(add_undos(*subject_.undoing));
    } else {
      BLC_CHECK(rely_on_registers());
      BLC_CHECK(migrate());
      BLC_CHECK(add_steps());
    }
    for (const auto& step : resolved_.steps) resolution.steps.push_back(step.planned);
    return std::move(resolved_);
  }

 private:
  Result<> add_steps() {
    bool before_effects = true;
    for (const auto& step : subject_.verb.steps) {
      before_effects = before_effects && step.effect == Effect::read;
      BLC_CHECK(add(step, before_effects));
    }
    return {};
  }

  // Before anything of the subject is read.
  Result<> rely_on_registers() {
    const auto needs = subject_.verb.needs();
    if (needs.empty()) return {};
    const auto value = subject_.values.find(subject_.verb.subject);
    if (value == subject_.values.end()) return fail(Exit::refused, "nobody is named whose consent could be looked up");
    const privacy::Asked asked{verb::to_text(value->second), subject_.requester, subject_.now};
    const privacy::Registers registers(files_, std::string(data_directory(subject_.environment)) + "/registers");
    for (const auto& need : needs) {
      auto checked = privacy::check(registers, need, asked);
      if (!checked) {
        checked.error().id = without_subject(checked.error().id, asked.subject);
        return std::unexpected(privacy::explain(checked.error(), need, registers, asked));
      }
      resolved_.resolution.relies_on.push_back({need, without_subject(checked->id, asked.subject),
                                                without_subject(checked->version, asked.subject),
                                                keyed_digest(subject_.run_key, checked->bytes), checked->until});
    }
    return {};
  }

  // The settings of both tiers are observed as files are, and held against the rules.
  Result<> migrate() {
    const auto& migrates = subject_.verb.migrates;
    if (!migrates) return {};
    if (subject_.tiers == nullptr) return fail(Exit::refused, "there are no rules to hold the settings against");
    const auto tier_in = [&](const std::string& parameter) { return tier::parse_tier(verb::to_text(subject_.values.at(parameter))); };
    BLC_TRY(const auto from, tier_in(migrates->from));
    BLC_TRY(const auto to, tier_in(migrates->to));
    // The signatures that the environment asks for are those for what happens there. In local it is an exercise.
    if (subject_.environment != Environment::local && environment_of(to) != subject_.environment)
      return fail(Exit::refused, fmt::format("what migrates to {} is not done in {}", to_string(to), to_string(subject_.environment)),
                  fmt::format("type it with --env {}", to_string(environment_of(to))));
    if (from == to) return fail(Exit::usage, fmt::format("it stands in {} already", to_string(to)), "name the tier that it comes from");
    PlannedCommand seen;
    ports::View view;
    for (const auto* const file : {&migrates->settings, &migrates->below}) BLC_CHECK(see_file(expand(*file, false), expand(*file, true), seen, view, true));
    const auto settings = [&](std::size_t at) { return SettingsFile{view.files.at(at).path, view.files.at(at).bytes}; };
    if (view.files.size() != 2) return fail(Exit::usage, "the settings of both tiers are one file", "mend the verb");
    BLC_TRY(resolved_.resolution.migrates, check_migration(*subject_.tiers, from, to, settings(0), settings(1), subject_.now, subject_.run_key));
    return {};
  }

  // A resource's id may be made of the subject's own.
  [[nodiscard]] std::string without_subject(std::string id, std::string_view subject) const {
    if (!subject_.verb.parameter(subject_.verb.subject)->phi || subject.empty()) return id;
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    const auto label = "${" + subject_.verb.subject + "}";
    for (std::size_t from = 0;;) {
      const auto found = std::ranges::search(std::string_view(id).substr(from), subject, {}, lower, lower);
      if (found.empty()) return id;
      const auto at = from + static_cast<std::size_t>(found.begin() - std::string_view(id).substr(from).begin());
      id.replace(at, subject.size(), label);
      from = at + label.size();
    }
  }

  [[nodiscard]] std::string expand(const Template& source, bool label) const {
    const auto value = [&](const std::string& name) {
      const auto found = subject_.values.find(name);
      return found == subject_.values.end() ? std::string() : verb::to_text(found->second);
    };
    return plan::expand(source, subject_.verb, subject_.environment, value, label);
  }

  Result<std::optional<std::string>> bytes_of(const std::string& path) {
    if (verb::of_credentials(path)) return std::optional<std::string>();
    const bool of_catalog = path.starts_with("verbs/") || path.starts_with("policies/");
    if (subject_.catalog == nullptr || !of_catalog) return files_.read(path);
    const auto& files = subject_.catalog->files();
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  }

  [[nodiscard]] const std::optional<std::string>* done(const std::string& step) const {
    if (subject_.earlier == nullptr) return nullptr;
    const auto found = subject_.earlier->done.find(step);
    return found == subject_.earlier->done.end() ? nullptr : &found->second;
  }

  // All that was observed, without what the steps that are left observe once more.
  void keep_observations_of_what_is_done() {
    auto& observations = resolved_.resolution.observations;
    observations = subject_.earlier->approved.observations;
    const auto forget = [&](const std::optional<PlannedCommand>& command) {
      if (!command) return;
      observations.erase("program " + command->argv.front());
      for (const auto& label : command->sees) {
        observations.erase("file " + label);
        observations.erase("link " + label);
      }
    };
    for (const auto& step : subject_.earlier->approved.steps) {
      forget(step.undo);
      if (done(step.name) != nullptr) continue;
      forget(step.run);
      forget(step.preview);
      forget(step.confirm);
      observations.erase("preview of " + step.name);
      observations.erase("output of " + step.name);
    }
  }

  void observe(const std::string& name, std::string value) {
    resolved_.resolution.observations.insert_or_assign(name, std::move(value));
  }

  // `as_then`: what the run that is taken back would have observed of it now.
  void compare_with_then(const std::string& name, const std::string& as_then) {
    if (subject_.undoing == nullptr) return;
    const auto& then = subject_.undoing->approved.observations;
    const auto found = then.find(name);
    if (found != then.end() && found->second != as_then) changed_.insert(name);
  }

  Result<> see_file(const std::string& path, const std::string& label, PlannedCommand& planned, ports::View& view,
                    bool must_exist) {
    auto found = bytes_of(path);
    // The adapter's message names the path; where a label hides PHI, only the label may be said.
    if (!found && path != label) return fail(found.error().code, text::display(label) + " cannot be read");
    BLC_TRY(auto bytes, std::move(found));
    if (!bytes) {
      if (!must_exist) return {};
      return fail(Exit::failed, fmt::format("nothing is on file for these parameters: {} is not there", text::display(label)),
                  "check what you typed");
    }
    const bool of_catalog = path.starts_with("verbs/") || path.starts_with("policies/");
    const auto digest_with = [&](const Secret& run_key) {
      return of_catalog ? crypto::sha256(*bytes).tagged()
                        : content_digest(subject_.verb.classification, run_key, *bytes);
    };
    observe("file " + label, digest_with(subject_.run_key));
    if (subject_.undoing != nullptr) compare_with_then("file " + label, digest_with(subject_.undoing->run_key));
    planned.sees.push_back(label);
    if (std::ranges::find(view.files, path, &ports::View::File::path) == view.files.end())
      view.files.push_back({path, *std::move(bytes)});
    return {};
  }

  // In local, credentials are made up, as all is: they lie with the practice.
  Result<std::optional<Secret>> credential(const std::string& name) {
    const auto classification = subject_.verb.classification;
    if (subject_.environment != Environment::local) return credentials_.read(subject_.environment, classification, name);
    BLC_TRY(auto bytes, files_.read(fmt::format("{}/credentials/{}/{}", data_directory(Environment::local), to_string(classification), name)));
    return bytes ? std::optional(Secret::take(*std::move(bytes))) : std::nullopt;
  }

  // Fixed by the plan as a file is. Always keyed: a short password could be found by trying.
  Result<> see_credential(const std::string& name, PlannedCommand& planned, ports::View& view) {
    BLC_TRY(auto secret, credential(name));
    if (!secret) {
      const auto whose = to_string(subject_.verb.classification);
      return fail(Exit::refused, fmt::format("this executor has no {} credential {} for {}", whose, name, to_string(subject_.environment)),
                  subject_.environment == Environment::local
                      ? fmt::format("a made-up one lies in {}/credentials/{}/{}", data_directory(Environment::local), whose, name)
                      : "whoever looks after the executor puts it there: see CREDENTIALS in blc-verb(5)");
    }
    const auto label = fmt::format("{}/{}", verb::kCredentialsFolder, name);
    observe("file " + label, keyed_digest(subject_.run_key, secret->reveal()));
    if (subject_.undoing != nullptr) compare_with_then("file " + label, keyed_digest(subject_.undoing->run_key, secret->reveal()));
    planned.sees.push_back(label);
    view.credentials.push_back({label, std::make_shared<const Secret>(*std::move(secret))});
    return {};
  }

  [[nodiscard]] std::string keyed(std::string_view bytes) const {
    return content_digest(subject_.verb.classification, subject_.run_key, bytes);
  }

  enum class Credentials { given, withheld };
  Result<> command(const verb::Step& step, const verb::Command& source, PlannedCommand& planned, ReadyCommand& ready,
                   Credentials credentials = Credentials::given) {
    for (const auto& part : source.argv) ready.argv.push_back(expand(part, false));
    planned.argv = ready.argv;
    BLC_TRY(ready.program, processes_.find(ready.argv.front()));
    const auto program = ready.program->path() + " " + ready.program->digest().tagged();
    observe("program " + ready.argv.front(), program);
    compare_with_then("program " + ready.argv.front(), program);
    for (const auto& argument : std::span(ready.argv).subspan(1)) {
      if (looks_like_path(argument)) BLC_CHECK(see_file(argument, argument, planned, ready.view, false));
    }
    for (const auto& file : step.observe)
      BLC_CHECK(see_file(expand(file, false), expand(file, true), planned, ready.view, true));
    for (const auto& link : step.observe_links) BLC_CHECK(see_link(expand(link, false), planned, ready.view));
    if (credentials == Credentials::given) {
      for (const auto& name : step.credentials) BLC_CHECK(see_credential(name, planned, ready.view));
    }
    if (source.standard_input) {
      ready.standard_input = known_pieces(*source.standard_input);
      planned.standard_input = describe_input(*source.standard_input);
    }
    if (source.summary) planned.summary = expand(*source.summary, true);
    return {};
  }

  Result<> see_link(const std::string& path, PlannedCommand& planned, ports::View& view) {
    BLC_TRY(auto target, files_.read_link(path));
    const auto where = target ? "-> " + text::display(*target) : std::string("absent");
    observe("link " + path, where);
    compare_with_then("link " + path, where);
    planned.sees.push_back(path);
    if (target) view.links.push_back({path, *std::move(target)});
    return {};
  }

  // What is known now is put in now; phi values and outputs stay references until the program starts.
  [[nodiscard]] std::vector<verb::Piece> known_pieces(const Template& input) const {
    std::vector<verb::Piece> pieces;
    for (const auto& piece : input.pieces) {
      const bool later = std::holds_alternative<verb::OutputReference>(piece) || is_phi(piece);
      pieces.push_back(later ? piece : verb::Piece(expand(Template{{piece}, {}, {}}, false)));
    }
    return pieces;
  }

  [[nodiscard]] bool is_phi(const verb::Piece& piece) const {
    const auto* const reference = std::get_if<verb::ParameterReference>(&piece);
    return reference != nullptr && subject_.verb.parameter(reference->name)->phi;
  }

  [[nodiscard]] Json::Array describe_input(const Template& input) const {
    Json::Array pieces;
    for (const auto& piece : input.pieces) {
      if (const auto* const output = std::get_if<verb::OutputReference>(&piece)) {
        pieces.emplace_back(Json::Object{{"stdout", output->step}});
      } else if (is_phi(piece)) {
        pieces.emplace_back(Json::Object{{"parameter", std::get<verb::ParameterReference>(piece).name}});
      } else {
        pieces.emplace_back(expand(Template{{piece}, {}, {}}, false));
      }
    }
    return pieces;
  }

  // What the step did stays as it was planned; only what could still be run of it is made ready.
  Result<> add_done(const verb::Step& source, const std::optional<std::string>& printed) {
    ReadyStep step;
    step.done = true;
    step.planned = *std::ranges::find(subject_.earlier->approved.steps, source.name, &PlannedStep::name);
    for (const auto& folder : source.writes) step.writes.push_back(expand(folder, false));
    if (source.undo) {
      BLC_CHECK(command(source, *source.undo, step.planned.undo.emplace(), step.undo.emplace()));
    }
    if (printed) {
      outputs_[source.name] = *printed;
      step.finished = ports::Finished{ports::Exited{0}, {*printed, printed->size()}, {}};
    }
    resolved_.steps.push_back(std::move(step));
    return {};
  }

  // What a step and its undo share.
  void add_surroundings(const verb::Step& source, ReadyStep& step) const {
    auto& planned = step.planned;
    planned.timeout = source.timeout;
    planned.output_limit = source.output ? source.output->limit : kCaptureLimit;
    for (const auto& [name, value] : source.environment) planned.environment.emplace(name, expand(value, false));
    for (const auto& folder : source.writes) {
      step.writes.push_back(expand(folder, false));
      planned.writes.push_back(expand(folder, true));
    }
  }

  // The run's undos, the last effect's first: each must still be what was planned, and so signed, with the run.
  Result<> add_undos(const Undoing& undoing) {
    for (const auto& planned : undo_steps(undoing.approved)) {
      if (done(planned.name) != nullptr) {
        resolved_.steps.push_back({planned, {}, {}, {}, {}, {}, {}, true});
        continue;
      }
      BLC_CHECK(add_undo(planned));
    }
    for (const auto& [step, printed] : undoing.outputs) observe("output of " + step, keyed(printed));
    resolved_.outputs = undoing.outputs;
    resolved_.resolution.fidelity = Fidelity::estimate;  // an undo has no preview
    // Of a rollback that goes on, what its signers were told stays: its own undos have changed things since.
    resolved_.resolution.rolls_back = subject_.earlier != nullptr
                                          ? subject_.earlier->approved.rolls_back
                                          : RolledBack{undoing.run, {changed_.begin(), changed_.end()}};
    return {};
  }

  Result<> add_undo(const PlannedStep& planned) {
    const auto source = std::ranges::find(subject_.verb.steps, planned.name, &verb::Step::name);
    const auto otherwise = fail(
        Exit::refused, fmt::format("{} would not be taken back as was planned with the run: its undo in {} has changed since",
                                   planned.name, subject_.verb.path),
        "put the verb back as it was, or take the effects back by a verb of its own");
    if (source == subject_.verb.steps.end() || !source->undo) return otherwise;
    ReadyStep step;
    step.planned.name = planned.name;
    step.planned.summary = planned.summary;
    step.planned.effect = Effect::write;
    add_surroundings(*source, step);
    BLC_CHECK(command(*source, *source->undo, step.planned.run, step.run));
    step.planned.run.summary.clear();
    if (step.planned != planned) return otherwise;
    resolved_.steps.push_back(std::move(step));
    return {};
  }

  Result<> add(const verb::Step& source, bool at_planning) {
    if (const auto* const printed = done(source.name)) return add_done(source, *printed);
    ReadyStep step;
    auto& planned = step.planned;
    planned.name = source.name;
    planned.summary = expand(source.summary, true);
    planned.effect = source.effect;
    planned.atomic = source.atomic;
    planned.idempotent = source.idempotent;
    planned.at_planning = at_planning;
    add_surroundings(source, step);
    BLC_CHECK(command(source, source.run, planned.run, step.run));
    if (source.undo) {
      BLC_CHECK(command(source, *source.undo, planned.undo.emplace(), step.undo.emplace()));
    }
    if (source.confirm) {
      BLC_CHECK(command(source, *source.confirm, planned.confirm.emplace(), step.confirm.emplace()));
    }
    if (source.preview) {
      // It runs before anybody has signed.
      BLC_CHECK(command(source, *source.preview, planned.preview.emplace(), step.preview.emplace(), Credentials::withheld));
      BLC_CHECK(preview(step));
    }
    if (at_planning) BLC_CHECK(read(step));
    resolved_.steps.push_back(std::move(step));
    return {};
  }

  Result<> preview(const ReadyStep& step) {
    BLC_TRY(auto finished, execute(step, *step.preview, "preview of "));
    if (subject_.verb.fidelity == Fidelity::exact) observe("preview of " + step.planned.name, keyed(finished.output.bytes));
    resolved_.previews.emplace(step.planned.name, std::move(finished.output.bytes));
    return {};
  }

  Result<> read(ReadyStep& step) {
    BLC_TRY(step.finished, execute(step, step.run, ""));
    observe("output of " + step.planned.name, keyed(step.finished->output.bytes));
    outputs_[step.planned.name] = step.finished->output.bytes;
    return {};
  }

  Result<ports::Finished> execute(const ReadyStep& step, const ReadyCommand& command, std::string_view what) {
    std::string input;
    if (command.standard_input) {
      BLC_TRY(input, fill(*command.standard_input, subject_.values, outputs_));
    }
    BLC_TRY(auto finished,
            processes_.run({command.program, command.argv, step_environment(step.planned, subject_.run), std::move(input),
                            command.view, step.planned.timeout, step.planned.output_limit},
                           stop_));
    if (std::holds_alternative<ports::Interrupted>(finished.how))
      return fail(Exit::interrupted, "interrupted; nothing has been changed");
    const auto name = fmt::format("{}{}", what, step.planned.name);
    if (!finished.succeeded()) {
      // What a clinical program says may hold PHI and must not reach a message.
      const bool quiet = subject_.verb.classification == Classification::clinical || finished.errors.bytes.empty();
      return fail(Exit::failed,
                  fmt::format("{} failed while planning: {}{}", name, describe(finished, step.planned.timeout),
                              quiet ? "" : "; it says: " + said(finished.errors.bytes)),
                  "nothing has been changed");
    }
    if (finished.output.truncated())
      return fail(Exit::failed,
                  fmt::format("{} printed {} bytes, more than the {} it may", name, finished.output.total,
                              step.planned.output_limit),
                  "nothing has been changed");
    return finished;
  }

  static constexpr std::uint64_t kCaptureLimit = 1U << 20U;

  ports::Processes& processes_;
  ports::PracticeFiles& files_;
  ports::Credentials& credentials_;
  const Subject& subject_;
  std::stop_token stop_;
  Resolved resolved_;
  std::map<std::string, std::string> outputs_;
  std::set<std::string> changed_;  // of a rollback: names of observations
};

}  // namespace

Result<Resolved> Planner::resolve(const Subject& subject, std::stop_token stop) const {
  return Resolver(processes_, files_, credentials_, subject, std::move(stop)).run();
}

}  // namespace blc::plan

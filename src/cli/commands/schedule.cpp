#include "cli/commands/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands/acts.hpp"
#include "cli/commands/command.hpp"
#include "cli/times.hpp"
#include "cli/waiting.hpp"
#include "core/approval/gate.hpp"

namespace blc::cli {

namespace {

// The order's time in the form that systemd.time(7) reads in any time zone.
std::string calendar(Timestamp at) {
  // A second is as fine as a timer is: never before the time.
  const auto text = blc::to_string(std::chrono::ceil<std::chrono::seconds>(at));
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 8));
}

std::string doubled(const std::string& text, char which) {
  std::string out;
  for (const char c : text) out += std::string(c == which ? 2 : 1, c);
  return out;
}

// The command that carries the order out. It needs no key of the person: their order is signed.
std::string systemd_line(Session& session, const approval::Run& run, Timestamp at) {
  std::error_code error;
  const auto binary = std::filesystem::read_symlink("/proc/self/exe", error);
  std::vector<std::string> words{"systemd-run", "--user",
                                 "--unit=blc-" + run.id.str(),
                                 "--on-calendar=" + calendar(at),
                                 "--timer-property=AccuracySec=1s",
                                 error ? "blc" : binary.string(),
                                 "--no-input",
                                 "--practice",
                                 session.directory()};
  const auto& globals = session.globals();
  if (!globals.store.empty()) words.insert(words.end(), {"--store", globals.store});
  if (const auto key = session.key_path()) {
    const auto whole = std::filesystem::absolute(*key, error);
    if (!error) words.insert(words.end(), {"--key", whole.string()});
  }
  words.insert(words.end(), {"execute", run.id.str()});
  std::string line;
  // systemd puts variables into what it runs: $$ is a dollar there.
  for (const auto& word : words) line += (line.empty() ? "" : " ") + shell_word(doubled(word, '$'));
  return line;
}

// Why the order will not let the run start any more, whatever time comes: somebody rejected it, took a signature
// back, it expired.
std::optional<Error> fallen(Session& session, const approval::Run& run, Timestamp at) {
  const auto& replay = (*session.log())->replay();
  const auto context = replay.context(run, std::max(session.clock().now(), at));
  const auto admitted = approval::admit(context);
  return admitted ? std::nullopt : std::optional(admitted.error());
}

// The clock is looked at as often as the ledger: it may be set, or stand still while the machine sleeps.
Result<> wait_until(Session& session, const RunId& id, Timestamp at) {
  BLC_TRY(auto* const log, session.log());
  Waiting waiting(*log, session.interrupts());
  // Only now: whoever reads that Ctrl-C leaves the order standing may type it.
  session.output().note(fmt::format(
      "Ordered; waits until {}. Ctrl-C ends the waiting and leaves the order standing (blc withdraw {} --order takes it back).",
      with_zone(at), id.suffix()));
  for (auto now = session.clock().now(); now < at; now = session.clock().now()) {
    if (waiting.interrupted())
      return fail(Exit::interrupted, "interrupted; your order stands and nothing runs it by itself",
                  fmt::format("blc execute {0} runs it from then on, blc withdraw {0} --order takes the order back", id.suffix()));
    BLC_CHECK(waiting.pause(at - now));
    if (auto error = fallen(session, *log->replay().run(id), at)) return std::unexpected(*std::move(error));
  }
  return {};
}

}  // namespace

std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::optional<Timestamp> my_order_for_later(Session& session, const approval::Run& run) {
  const auto* const me = session.known_me();
  if (me == nullptr || run.claim) return std::nullopt;
  const auto last = std::ranges::find(run.orders.rbegin(), run.orders.rend(), me->name, &approval::OrderFact::by);
  if (last == run.orders.rend() || last->withdrawn) return std::nullopt;
  return last->not_before;
}

Result<Exit> execute_at(Session& session, const approval::Run& run, Timestamp at, bool print_only) {
  const auto id = run.id;
  if (at <= session.clock().now())
    return fail(Exit::usage, fmt::format("--at: {} is past", with_zone(at)), "blc execute " + id.suffix() + " runs it now");
  BLC_CHECK(within_settings(session, run, "execute"));
  BLC_TRY(auto* const desk, session.desk());
  const auto ordered = [&]() -> Result<> {
    // Here, where the times may be told in the reader's zone.
    const auto deadline = approval::decide(desk->log().replay().context(run, session.clock().now())).deadline;
    if (run.plan && at > deadline)
      return fail(Exit::refused, fmt::format("this run expires {}, before {}", with_zone(deadline), with_zone(at)),
                  fmt::format("name an earlier time, or plan it again nearer to it: blc again {}", id.suffix()));
    return desk->order(id, at);
  }();
  if (!ordered) {
    if (auto executor = session.executor()) (*executor)->refuse(run, desk->name(), "execute", ordered.error());
    return std::unexpected(ordered.error());
  }
  auto& output = session.output();
  const auto line = systemd_line(session, run, at);
  if (print_only || !session.interactive() || output.json()) {
    if (output.json())
      output.object(text::Json::Object{{"format", "blc.order/v1"}, {"run", id.str()}, {"not_before", blc::to_string(at)}, {"systemd_run", line}});
    output.note(fmt::format("Ordered for {}. Nothing runs it by itself: this line, typed where the executor is, lets systemd do it.", with_zone(at)));
    if (!output.json()) output.raw(line + "\n");  // whole, to be copied
    return Exit::done;
  }
  BLC_CHECK(wait_until(session, id, at));
  return execute_run(session, *(*session.log())->replay().run(id));
}

}  // namespace blc::cli

#include "core/adapters/logged.hpp"

#include <array>
#include <chrono>

#include <fmt/format.h>

#include "core/crypto/public_key.hpp"
#include "core/ledger/entry.hpp"

namespace blc::adapters {

namespace {

using ports::LogEvent;
using ports::Severity;

// Members of bodies that are words of blc or names that a verb gives, never text of people or of programs.
constexpr std::array kTold{"action", "code", "decision", "phase", "result", "step", "succeeded", "undo", "withdrawn"};

void add_body(LogEvent& event, const text::Json& body) {
  for (const auto* const name : kTold) {
    const auto* const value = body.find(name);
    if (value == nullptr) continue;
    if (const auto* const words = value->get_if<std::string>()) event.more.emplace(name, *words);
    if (const auto* const number = value->get_if<std::int64_t>()) event.more.emplace(name, *number);
    if (const auto* const flag = value->get_if<bool>()) event.more.emplace(name, *flag);
  }
}

std::string told(const LogEvent& event, const char* name) {
  const auto found = event.more.find(name);
  if (found == event.more.end()) return "";
  const auto* const words = std::get_if<std::string>(&found->second);
  return words == nullptr ? "" : " " + *words;
}

LogEvent entry_event(std::uint64_t index, std::string_view bytes, ports::Appended appended) {
  const bool added = appended == ports::Appended::yes;
  LogEvent event{.event = added ? "entry.appended" : "entry.conflict"};
  event.more.emplace("leaf", static_cast<std::int64_t>(index));
  const auto entry = ledger::decode_entry(bytes);
  if (!entry) {
    event.message = fmt::format("something that is no entry, at {}", index);
    return event;
  }
  const auto& header = entry->header;
  event.run = header.run;
  event.entry = header.id;
  event.more.emplace("kind", std::string(ledger::to_string(entry->kind)));
  event.more.emplace("by", header.by);
  if (header.environment) event.more.emplace("environment", std::string(to_string(*header.environment)));
  add_body(event, entry->body);
  const auto what = fmt::format("{}{}{}{} by {}{}", ledger::to_string(entry->kind), told(event, "phase"), told(event, "step"),
                                told(event, "result") + told(event, "decision"), header.by,
                                header.run ? ", run " + header.run->suffix() : "");
  event.message = added ? fmt::format("entry {}: {}", index, what)
                        : fmt::format("somebody else wrote entry {} first; trying again: {}", index, what);
  return event;
}

class LoggedStore final : public ports::LedgerStore {
 public:
  LoggedStore(std::unique_ptr<ports::LedgerStore> store, ports::Logger& logger) : store_(std::move(store)), logger_(logger) {}

  [[nodiscard]] std::uint64_t size() override { return store_->size(); }
  [[nodiscard]] ports::Appended append(std::uint64_t index, std::string_view entry,
                                       std::span<const ports::SealedBlob> blobs) override {
    const auto appended = store_->append(index, entry, blobs);
    logger_.log(entry_event(index, entry, appended));
    return appended;
  }
  void read(std::uint64_t first, std::uint64_t end,
            const std::function<bool(std::uint64_t, std::string_view)>& each) override {
    store_->read(first, end, each);
  }
  [[nodiscard]] std::optional<std::string> sealed(const Digest& digest) override { return store_->sealed(digest); }

 private:
  std::unique_ptr<ports::LedgerStore> store_;
  ports::Logger& logger_;
};

class LoggedSigner final : public ports::Signer {
 public:
  LoggedSigner(ports::Signer& signer, ports::Logger& logger) : signer_(signer), logger_(logger) {}

  [[nodiscard]] std::string public_blob() const override { return signer_.public_blob(); }
  [[nodiscard]] Result<std::string> sign(std::string_view name_space, std::string_view message) override {
    auto signature = signer_.sign(name_space, message);
    const auto key = crypto::PublicKey::parse_blob(signer_.public_blob());
    const auto fingerprint = key ? key->fingerprint() : std::string("unknown");
    LogEvent event{.event = "signature.made",
                   .message = fmt::format("signed ({}) with {}", name_space, fingerprint),
                   .more = {{"fingerprint", fingerprint}, {"namespace", std::string(name_space)}}};
    if (!signature) {
      event.severity = Severity::warning;
      event.event = "signature.failed";
      event.message = fmt::format("{} did not sign ({})", fingerprint, name_space);
      event.more.emplace("code", static_cast<std::int64_t>(signature.error().code));
    }
    logger_.log(event);
    return signature;
  }

 private:
  ports::Signer& signer_;
  ports::Logger& logger_;
};

struct DescribeEnd {
  LogEvent& event;
  std::string operator()(const ports::Exited& how) const {
    event.more.emplace("exit_code", std::int64_t{how.code});
    return fmt::format("exit code {}", how.code);
  }
  std::string operator()(const ports::Signalled& how) const {
    event.more.emplace("signal", std::int64_t{how.signal});
    return fmt::format("signal {}", how.signal);
  }
  std::string operator()(const ports::TimedOut& /*how*/) const {
    event.more.emplace("timed_out", true);
    return "it took too long";
  }
  std::string operator()(const ports::Interrupted& /*how*/) const {
    event.more.emplace("interrupted", true);
    return "interrupted";
  }
};

class LoggedProcesses final : public ports::Processes {
 public:
  LoggedProcesses(std::unique_ptr<ports::Processes> processes, ports::Logger& logger)
      : processes_(std::move(processes)), logger_(logger) {}

  [[nodiscard]] Result<std::shared_ptr<const ports::Program>> find(const std::string& name) override {
    return processes_->find(name);
  }
  [[nodiscard]] std::string isolation() const override { return processes_->isolation(); }

  [[nodiscard]] Result<ports::Finished> run(const ports::Launch& launch, std::stop_token stop) override {
    auto event = about(launch);
    const auto what = event.message;
    event.event = "program.started";
    event.message = what + " starts";
    logger_.log(event);
    const auto begin = std::chrono::steady_clock::now();
    auto finished = processes_->run(launch, std::move(stop));
    const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin);
    event.more.emplace("ms", static_cast<std::int64_t>(took.count()));
    event.event = finished ? "program.ended" : "program.refused";
    if (!finished || !finished->succeeded()) event.severity = Severity::warning;
    if (finished) {
      event.more.emplace("stdout_bytes", static_cast<std::int64_t>(finished->output.total));
      event.more.emplace("stderr_bytes", static_cast<std::int64_t>(finished->errors.total));
      event.message = fmt::format("{} ended after {} ms: {}", what, took.count(), std::visit(DescribeEnd{event}, finished->how));
    } else {
      event.more.emplace("code", static_cast<std::int64_t>(finished.error().code));
      event.message = what + " was not started";
    }
    logger_.log(event);
    return finished;
  }

 private:
  // Arguments may hold what a person typed: the program's name alone is told.
  static LogEvent about(const ports::Launch& launch) {
    LogEvent event;
    const auto variable = [&](const char* name) {
      const auto found = launch.environment.find(name);
      return found == launch.environment.end() ? std::string() : found->second;
    };
    const auto& path = launch.program->path();
    const auto program = path.substr(path.rfind('/') + 1);
    const auto step = variable("BLC_STEP");
    event.run = RunId::parse(variable("BLC_RUN_ID"));
    event.more.emplace("program", program);
    if (!step.empty()) event.more.emplace("step", step);
    event.message = step.empty() ? program : fmt::format("{} ({})", step, program);
    return event;
  }

  std::unique_ptr<ports::Processes> processes_;
  ports::Logger& logger_;
};

}  // namespace

std::unique_ptr<ports::LedgerStore> logged(std::unique_ptr<ports::LedgerStore> store, ports::Logger& logger) {
  return std::make_unique<LoggedStore>(std::move(store), logger);
}

std::unique_ptr<ports::Signer> logged(ports::Signer& signer, ports::Logger& logger) {
  return std::make_unique<LoggedSigner>(signer, logger);
}

std::unique_ptr<ports::Processes> logged(std::unique_ptr<ports::Processes> processes, ports::Logger& logger) {
  return std::make_unique<LoggedProcesses>(std::move(processes), logger);
}

}  // namespace blc::adapters

#include "core/adapters/file_logger.hpp"

#include <unistd.h>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "core/adapters/append_file.hpp"
#include "core/text/display.hpp"
#include "core/text/json.hpp"
#include "core/text/masking.hpp"

namespace blc::adapters {

namespace {

constexpr std::size_t kMostFailure = 2000;

spdlog::level::level_enum level_of(ports::Severity severity) {
  switch (severity) {
    case ports::Severity::info: return spdlog::level::info;
    case ports::Severity::warning: return spdlog::level::warn;
    case ports::Severity::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string name_of(ports::Severity severity) {
  switch (severity) {
    case ports::Severity::info: return "info";
    case ports::Severity::warning: return "warning";
    case ports::Severity::error: return "error";
  }
  return "error";
}

std::string masked(const std::string& words) { return text::display(text::mask(words).substr(0, kMostFailure)); }

text::Json json_of(const std::string& name, const ports::LogEvent::Value& value) {
  if (text::names_secret(name)) return "<masked>";
  if (const auto* const words = std::get_if<std::string>(&value)) return text::display(*words);
  if (const auto* const number = std::get_if<std::int64_t>(&value)) return *number;
  return std::get<bool>(value);
}

class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  FileSink(const std::string& path, std::uint64_t most_bytes) : file_(path, most_bytes, FileLogger::kOlderFiles) {
    set_pattern_("%v");
  }
  [[nodiscard]] std::string trouble() {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (const auto written = file_.append({line.data(), line.size()}); !written) trouble_ = written.error().message;
  }
  void flush_() override {}

  AppendFile file_;
  std::string trouble_;
};

}  // namespace

// spdlog's part: two loggers, since a file for machines and a terminal are told different words of one event.
class FileLogger::Sinks {
 public:
  Sinks(const std::string& path, std::uint64_t most_bytes)
      : file_(path.empty() ? nullptr : std::make_shared<FileSink>(path, most_bytes)), machines_("file"), people_("people") {
    if (file_) machines_.sinks().push_back(file_);
    const auto stream = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    stream->set_pattern("%v");
    people_.sinks().push_back(stream);
    people_.flush_on(spdlog::level::trace);
  }

  void write(Timestamp at, spdlog::level::level_enum level, const std::string& line) {
    machines_.log(at, {}, level, spdlog::string_view_t(line));
  }
  void say(Timestamp at, spdlog::level::level_enum level, const std::string& words) {
    people_.log(at, {}, level, spdlog::string_view_t(words));
  }
  [[nodiscard]] std::string trouble() const { return file_ ? file_->trouble() : std::string(); }
  // Told once, and only to people: the file is where it cannot be said.
  [[nodiscard]] std::string new_trouble() {
    if (said_) return {};
    auto why = trouble();
    said_ = !why.empty();
    return why;
  }

 private:
  std::shared_ptr<FileSink> file_;
  spdlog::logger machines_;
  spdlog::logger people_;
  bool said_ = false;
};

FileLogger::FileLogger(std::string path, const ports::Clock& clock, std::uint64_t most_bytes)
    : path_(std::move(path)), clock_(clock), most_bytes_(most_bytes) {}

FileLogger::~FileLogger() = default;

void FileLogger::speak(std::function<std::string(const std::string&)> lay_out) {
  const std::lock_guard lock(mutex_);
  speaks_ = true;
  lay_out_ = std::move(lay_out);
}

void FileLogger::about(const std::string& command) {
  const std::lock_guard lock(mutex_);
  command_ = command;
}

void FileLogger::about(const RunId& run) {
  const std::lock_guard lock(mutex_);
  run_ = run;
}

FileLogger::Sinks& FileLogger::sinks() {
  if (!sinks_) sinks_ = std::make_unique<Sinks>(path_, most_bytes_);
  return *sinks_;
}

void FileLogger::log(const ports::LogEvent& event) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.now();
    text::Json::Object line{{"at", to_string(now)},
                            {"level", name_of(event.severity)},
                            {"event", event.event},
                            {"message", text::display(event.message)},
                            {"pid", std::int64_t{::getpid()}}};
    if (!command_.empty()) line.emplace("command", text::display(command_));
    if (const auto& run = event.run ? event.run : run_) line.emplace("run", run->str());
    if (event.entry) line.emplace("entry", event.entry->str());
    if (!event.failure.empty()) line.emplace("failure", masked(event.failure));
    for (const auto& [name, value] : event.more) line.emplace(name, json_of(name, value));
    sinks().write(now, level_of(event.severity), text::canonical(line));
    if (!speaks_) return;
    const auto say = [&](ports::Severity severity, const std::string& words) {
      const auto told = "blc: " + text::display(words);
      sinks().say(now, level_of(severity), lay_out_ ? lay_out_(told) : told);
    };
    say(event.severity, event.message);
    if (const auto why = sinks().new_trouble(); !why.empty()) say(ports::Severity::warning, "the log is not kept: " + why);
  } catch (...) {  // NOLINT(bugprone-empty-catch): an event that cannot be told is lost, and nothing else
  }
}

std::string FileLogger::trouble() const {
  const std::lock_guard lock(mutex_);
  return sinks_ ? sinks_->trouble() : std::string();
}

}  // namespace blc::adapters

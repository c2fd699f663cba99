#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/ports/clock.hpp"
#include "core/ports/logger.hpp"

namespace blc::adapters {

// The operations log in a file of this user alone (0600), a line of JSON an event, each appended with one write, so
// that many processes may share it; and where wanted, the same for people on standard error. Nothing is opened before
// the first event. It never fails: when the file cannot be written, that is said once to people, and trouble() tells.
class FileLogger final : public ports::Logger {
 public:
  // A file that would grow beyond this becomes FILE.1, that one FILE.2, and so on; the last one is dropped.
  static constexpr std::uint64_t kMostBytes = 8ULL << 20U;
  static constexpr int kOlderFiles = 3;

  // An empty path: no file.
  FileLogger(std::string path, const ports::Clock& clock, std::uint64_t most_bytes = kMostBytes);
  FileLogger(const FileLogger&) = delete;
  FileLogger& operator=(const FileLogger&) = delete;
  ~FileLogger() override;

  // From here on people read along on standard error; a line is laid out for them first.
  void speak(std::function<std::string(const std::string&)> lay_out = {});
  // From here on every line names this command, and this run unless the event has one of its own.
  void about(const std::string& command);
  void about(const RunId& run);

  void log(const ports::LogEvent& event) noexcept override;
  // Why the file could not be written, or empty.
  [[nodiscard]] std::string trouble() const;

 private:
  class Sinks;
  Sinks& sinks();

  std::string path_;
  const ports::Clock& clock_;
  std::uint64_t most_bytes_;
  mutable std::mutex mutex_;
  bool speaks_ = false;
  std::function<std::string(const std::string&)> lay_out_;
  std::string command_;
  std::optional<RunId> run_;
  std::unique_ptr<Sinks> sinks_;
};

}  // namespace blc::adapters

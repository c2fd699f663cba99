#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "core/adapters/file_logger.hpp"
#include "core/approval/run.hpp"
#include "core/base/result.hpp"
#include "core/verb/verb.hpp"

namespace blc::cli {

// What the operations log is told of the one command that this process is: its name, its run, its end; never a
// word that was typed. Of what may hold PHI (a clinical verb or run, one with sealed values) only exit codes.
class CommandLog {
 public:
  // `words`: the command line. `path`: the log's file, or empty for none.
  CommandLog(const std::vector<std::string>& words, std::string path, const ports::Clock& clock);

  [[nodiscard]] adapters::FileLogger& logger() { return logger_; }
  void started(const std::string& command);
  void concerns(const verb::Verb& verb);
  void concerns(const approval::Run& run);
  // Why the command will end as it does. Of a mistyped line nothing is kept: it repeats what was typed.
  void failed(const Error& error);
  // The last line, with the exit code, which is handed through.
  int ended(int code);

 private:
  [[nodiscard]] std::string without_what_was_typed(std::string text) const;

  std::vector<std::string> typed_;
  adapters::FileLogger logger_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  bool started_ = false;
  bool discreet_ = false;
  std::string failure_;
};

}  // namespace blc::cli

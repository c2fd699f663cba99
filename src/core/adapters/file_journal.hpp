#pragma once
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/adapters/descriptor.hpp"
#include "core/base/result.hpp"
#include "core/ports/journal.hpp"

namespace blc::adapters {

// One line a record in an append-only file. A last line without its line feed was never acknowledged and
// is cut off; a file that is missing, or damaged before that, is refused and never made anew.
class FileJournal final : public ports::Journal {
 public:
  // Who only looks cuts nothing off, and appends nothing.
  enum class Use { write, look_only };

  explicit FileJournal(std::string path, Use use = Use::write) : path_(std::move(path)), use_(use) {}

  // Makes an empty journal, durably. Exit::failed when there is one.
  [[nodiscard]] static Result<> create(const std::string& path, mode_t mode = 0600);

  void append(std::string_view line) override;
  [[nodiscard]] Result<> each_line(const std::function<Result<>(std::string_view line)>& take) override;

 private:
  [[nodiscard]] Descriptor open_locked() const;

  off_t cut_torn_line(const Descriptor& file) const;

  std::string path_;
  Use use_;
};

// An OS lock on a file; the kernel frees it when the holder ends, however it ends.
class FileLock final : public ports::ExecutorLock {
 public:
  // Waits up to `wait` for another holder. Exit::failed when it is still held then.
  [[nodiscard]] static Result<std::unique_ptr<ports::ExecutorLock>> acquire(
      const std::string& path, std::chrono::milliseconds wait = std::chrono::milliseconds(0), mode_t mode = 0600);

 private:
  explicit FileLock(Descriptor file) : file_(std::move(file)) {}

  Descriptor file_;
};

}  // namespace blc::adapters

#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/adapters/descriptor.hpp"
#include "core/base/result.hpp"

namespace blc::adapters {

// A file of this user alone (0600) that several processes append lines to and that is turned over when it has
// grown: FILE, FILE.1, ... Links are not followed. Nothing is synced: it is for what may be lost.
class AppendFile {
 public:
  AppendFile(std::string path, std::uint64_t most_bytes, int older_files)
      : path_(std::move(path)), most_bytes_(most_bytes), older_files_(older_files) {}

  // `line` ends with its line feed. Exit::failed says why it was not written, whole or in part; also where a limit
  // on the size of files would end the process.
  Result<> append(std::string_view line);

 private:
  Result<> open();
  [[nodiscard]] bool is_current();
  void turn_over();

  std::string path_;
  std::uint64_t most_bytes_;
  int older_files_;
  Descriptor file_;
  std::uint64_t size_ = 0;
  bool torn_ = false;  // the file does not end with a line feed
};

}  // namespace blc::adapters

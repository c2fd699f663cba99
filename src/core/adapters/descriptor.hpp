#pragma once
#include <string>
#include <utility>

namespace blc::adapters {

// Owns a file descriptor and closes it once.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

// What an errno value means, in the C locale's words; safe in threads.
[[nodiscard]] std::string reason(int error);

// Throws Broken("<what>: <reason(errno)>").
[[noreturn]] void throw_errno(const std::string& what);

}  // namespace blc::adapters

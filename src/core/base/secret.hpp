#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace blc {

// Bytes that cannot be copied or printed and are wiped when they go. Moves wipe the source.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t size) : bytes_(size, '\0') {}
  // Takes the bytes over and wipes what was given.
  // NOLINTNEXTLINE(cppcoreguidelines-rvalue-reference-param-not-moved): a move would leave short texts unwiped
  static Secret take(std::string&& bytes) {
    Secret secret(bytes.size());
    secret.bytes_.assign(bytes);
    wipe(bytes);
    return secret;
  }
  static Secret copy(std::string_view bytes) {
    Secret secret(bytes.size());
    secret.bytes_.assign(bytes);
    return secret;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept { take_over(other); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      take_over(other);
    }
    return *this;
  }
  ~Secret() { wipe(bytes_); }

  // The one way to the bytes: greppable, and a view that cannot outlive the secret by accident of a copy.
  [[nodiscard]] std::string_view reveal() const noexcept { return bytes_; }
  [[nodiscard]] char* data() noexcept { return bytes_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

  // Overwrites with zeros in a way the optimiser must keep.
  static void wipe(std::string& bytes) noexcept;

 private:
  // Copied and wiped: a move of a std::string leaves short ones where they were.
  void take_over(Secret& other) noexcept {
    wipe(bytes_);
    bytes_.assign(other.bytes_);
    wipe(other.bytes_);
    other.bytes_.clear();
  }
  std::string bytes_;
};

}  // namespace blc

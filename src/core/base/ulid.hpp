#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"

namespace blc {

// A 128-bit ULID: 48 bits of milliseconds since 1970, 80 random bits (github.com/ulid/spec).
// Text is 26 characters of Crockford base 32, upper case; nothing else parses.
class Ulid {
 public:
  Ulid() = default;
  explicit Ulid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}
  static std::optional<Ulid> parse(std::string_view text);
  [[nodiscard]] std::string str() const;
  [[nodiscard]] Timestamp time() const;
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
  auto operator<=>(const Ulid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// Makes ULIDs that grow strictly within the process, whatever the clock does.
class UlidSource {
 public:
  // `random` fills 10 bytes each call.
  using Fill = std::function<void(std::uint8_t*, std::size_t)>;
  explicit UlidSource(Fill random) : random_(std::move(random)) {}
  Ulid next(Timestamp now);

 private:
  Fill random_;
  Ulid last_;
};

template <class Tag>
struct Id {
  Ulid value;
  static std::optional<Id> parse(std::string_view text) {
    const auto ulid = Ulid::parse(text);
    return ulid ? std::optional(Id{*ulid}) : std::nullopt;
  }
  [[nodiscard]] std::string str() const { return value.str(); }
  // The last six characters: what people type (ULIDs begin with time).
  [[nodiscard]] std::string suffix() const { return value.str().substr(20); }
  auto operator<=>(const Id&) const = default;
};
using RunId = Id<struct RunTag>;
using EntryId = Id<struct EntryTag>;
using ClientId = Id<struct ClientTag>;

}  // namespace blc

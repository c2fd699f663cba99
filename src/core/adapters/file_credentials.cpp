#include "core/adapters/file_credentials.hpp"

#include <fmt/format.h>

#include "core/adapters/secure_files.hpp"

namespace blc::adapters {

Result<std::optional<Secret>> FileCredentials::read(Environment environment, Classification classification, const std::string& name) {
  constexpr std::uint64_t kLargest = 64ULL << 10U;
  const auto path = fmt::format("{}/{}/{}/{}", folder_, to_string(environment), to_string(classification), name);
  BLC_TRY(auto bytes, read_private(path, Readers::owner, kLargest));
  return bytes ? std::optional(Secret::take(*std::move(bytes))) : std::nullopt;
}

}  // namespace blc::adapters

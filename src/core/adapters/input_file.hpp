#pragma once
#include <cstdint>
#include <string>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace blc::adapters {

// A regular file that somebody names on the command line, whoever owns it, whole. Never waits: FIFOs, devices and folders
// are refused. Exit::usage when it is missing, cannot be read or is larger than `limit` bytes.
[[nodiscard]] Result<Secret> read_input(const std::string& path, std::uint64_t limit = 1U << 20U);

// Makes or replaces a report. Exit::usage when it cannot be written.
[[nodiscard]] Result<> write_report(const std::string& path, std::string_view bytes);

}  // namespace blc::adapters

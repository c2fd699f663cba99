#pragma once
#include <cstdint>
#include <string>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace blc::adapters {

// A regular file that somebody names on the command line, whoever owns it, whole. Never waits: FIFOs, devices and folders
// are refused. Exit::usage when it is missing, cannot be read or is larger than `limit` bytes.
[[nodiscard]] Result<Secret> read_input(const std::string& path, std::uint64_t limit = 1U << 20U);

// False only where nothing has that name: a link that leads nowhere, or a folder that cannot be looked into, is left to
// whoever reads.
[[nodiscard]] bool is_there(const std::string& path);

// It is where this process prints, under whatever name: /dev/stdout, /dev/fd/1, the file that it is redirected to.
[[nodiscard]] bool is_standard_output(const std::string& path);

// Exit::usage where write_report would fail for want of the folder, or of the right to write there.
[[nodiscard]] Result<> check_report(const std::string& path);
// Makes or replaces a report; writes through a link, to a device and into a pipe. Exit::usage when it cannot be written.
[[nodiscard]] Result<> write_report(const std::string& path, std::string_view bytes);

}  // namespace blc::adapters

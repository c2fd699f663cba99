#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/base/words.hpp"

namespace blc::cli {

// "Sun 22 Nov 10:31" in the user's time zone; with the year when it is not this one.
[[nodiscard]] std::string when(Timestamp time, Timestamp now);
// "10:31" on the same day, else as when() says it.
[[nodiscard]] std::string at_time(Timestamp time, Timestamp now);
// "10:31:02".
[[nodiscard]] std::string to_the_second(Timestamp time);
// "14 minutes ago", "in 3 hours".
[[nodiscard]] std::string ago(Timestamp time, Timestamp now);
// "ben", "ben or cleo", "ana, ben or cleo".
[[nodiscard]] std::string either(const std::vector<std::string>& names, std::string_view joiner = "or");
// "local", and production in capitals: the one that nobody should overlook.
[[nodiscard]] std::string loud(Environment environment);
// Small letters of ASCII as capitals: what a run's suffix may be typed as.
[[nodiscard]] std::string upper(std::string text);
// "sha256:4be1...c07a".
[[nodiscard]] std::string short_digest(const std::string& tagged);
// "1 signature", "2 signatures", "2 people".
[[nodiscard]] std::string count(std::size_t number, std::string_view thing);
// The line broken at spaces to fit `width`, later lines indented. A word that is wider stays whole and where it is, as
// digests, paths and URLs must; whole stays a command line in the text (from blc, ssh-keygen and the like on), which
// somebody may copy.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t width, std::size_t indent);
// The same for text of several lines, whatever fits left as it is: what a line goes on with is indented by `hang`, and
// by 2 more than the line where that is indented itself. Tabs become spaces.
[[nodiscard]] std::string fit(std::string_view text, std::size_t width, std::size_t hang = 0);

}  // namespace blc::cli

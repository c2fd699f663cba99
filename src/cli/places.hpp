// Where blc keeps things for one user: configuration (pins, the default key) and state (verified heads, the
// executor of an embedded practice). Never in the practice.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/approval/log.hpp"
#include "core/base/result.hpp"

namespace blc::cli {

// XDG Base Directory Specification 0.8; relative values are ignored as it says.
struct Places {
  std::string config;  // ~/.config/blc
  std::string state;   // ~/.local/state/blc

  // Exit::usage when neither XDG variables nor HOME are set.
  static Result<Places> of_this_user();
  [[nodiscard]] std::string default_key() const { return config + "/key"; }
  [[nodiscard]] std::string pin_file(const std::string& origin) const;
  [[nodiscard]] std::string client_state(const std::string& origin) const;
  [[nodiscard]] std::string log_file() const { return state + "/log.jsonl"; }
};

// A pin with what this user needs besides: which directories they joined, where the executor's state lies.
struct PinFile {
  approval::Pin pin;
  std::string executor_state;            // empty: this user has no access to an executor
  bool shared = false;                   // a group shares that state: local only
  std::vector<std::string> directories;  // absolute; not part of an exported pin

  [[nodiscard]] std::string to_text(bool with_directories) const;
  static Result<PinFile> parse(const std::string& text, const std::string& path);
};

[[nodiscard]] Result<std::optional<PinFile>> load_pin(const Places& places, const std::string& origin);
[[nodiscard]] Result<> save_pin(const Places& places, const PinFile& pin);

// The folder that holds verbs/, policies/ and fixtures/ as shipped: beside the installed binary
// (../share/blc), or the source tree that the binary was built in. Exit::failed when neither is there.
[[nodiscard]] Result<std::string> shipped_catalog();

// What blc.yaml says. It names the practice and nothing that would change who may do what: environment, key,
// store and settings in it are refused.
struct PracticeFile {
  std::string name;
  std::string origin;
};
[[nodiscard]] Result<PracticeFile> read_practice_file(const std::string& directory);
[[nodiscard]] std::string practice_file_text(const PracticeFile& file);

// The practice that a command is about: `given`, BLC_PRACTICE, or the nearest folder upwards with a blc.yaml;
// absolute, without symbolic links. Exit::usage when there is none.
[[nodiscard]] Result<std::string> find_practice(const std::string& given);

}  // namespace blc::cli

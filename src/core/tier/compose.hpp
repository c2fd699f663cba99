#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tier/configuration.hpp"

namespace blc::tier {

// The `env_file`, `environment` and `image` of one service, as compose merges them from its files: what later files say
// counts, and `environment` before `env_file`, whichever file says it. References are filled in from the process, then
// from what the configuration holds so far; those in files of env_file also from `environment`, before that.
class Compose {
 public:
  // Adds one file. Without a name it is the only service that is meant: of several, what one lacks another would hide.
  // Exit::usage, naming the line, for what compose would refuse or read otherwise than it stands there, for a service of
  // another name than before, and for `extends`, which is not followed.
  [[nodiscard]] Result<> add(std::string_view text, const std::string& file, const std::string& service, const Reading& reading);
  // Sets all of it, the files of env_file among it, which are named from the folder of the first compose file.
  [[nodiscard]] Result<> read(const Reading& reading) const;

 private:
  friend class ComposeReader;

  struct EnvFile {
    std::string path;
    bool required;
    bool raw;
    Origin origin;
  };
  struct Variable {
    std::optional<Secret> value;         // nothing: see `undefined`
    std::vector<std::string> undefined;  // names that it refers to, and nothing sets
    bool none;                           // a name without a value, and the process has none: not set at all
    Origin origin;
  };

  std::string first_;  // file
  std::string service_;
  std::vector<EnvFile> env_files_;
  std::map<std::string, Variable> environment_;
  std::vector<Notice> notices_;
  std::optional<Setting> image_;
};

}  // namespace blc::tier

// The configuration of an application in one tier, merged from its inputs. Values are secrets, all of them: nothing here
// prints one, and no message of the readers repeats what stands in a file, save names of settings.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace blc::tier {

struct Origin {
  std::string file;
  int line = 0;  // 0: none is known
  auto operator<=>(const Origin&) const = default;
};

struct Setting {
  std::optional<Secret> value;  // nothing: present but unseen, as what comes from a secret that was not given
  Origin origin;
};

// What a reader noticed of a setting; the rules of the family `input` tell of it.
struct Notice {
  enum class Kind { twice, undefined };
  Kind kind;
  std::string name;
  std::string detail;  // "on lines 3 and 9; the last counts"
  Origin origin;
};

// Of a setting that stands at `origin`, and stood on an earlier line of that file.
[[nodiscard]] Notice stands_twice(std::string name, int first_line, Origin origin);

// Something that was not given, and may hold settings.
struct UnseenSource {
  std::string what;    // "Secret app-secrets"
  Origin origin;       // where it is asked for
  std::string prefix;  // what the names of its settings begin with
};

class Configuration {
 public:
  using Settings = std::map<std::string, Setting, std::less<>>;

  // What comes later counts.
  void set(std::string name, std::optional<Secret> value, Origin origin) {
    bytes_ += name.size() + (value ? value->size() : 0);
    ++times_;
    settings_.insert_or_assign(std::move(name), Setting{std::move(value), std::move(origin)});
  }
  void unset(const std::string& name) { settings_.erase(name); }
  // The `image:` of what runs: of the service or the container.
  void set_image(std::optional<Secret> value, Origin origin) { image_ = Setting{std::move(value), std::move(origin)}; }
  void notice(Notice notice) { notices_.push_back(std::move(notice)); }
  void unseen_source(UnseenSource source) { unseen_.push_back(std::move(source)); }

  [[nodiscard]] const Setting* find(std::string_view name) const;
  [[nodiscard]] const std::optional<Setting>& image() const { return image_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] const std::vector<Notice>& notices() const { return notices_; }
  [[nodiscard]] const std::vector<UnseenSource>& unseen_sources() const { return unseen_; }
  // Of all that was ever set, and how often something was.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t times() const { return times_; }
  // The first of them that may hold this setting, or nothing.
  [[nodiscard]] const UnseenSource* may_hold(std::string_view name) const;

 private:
  Settings settings_;
  std::size_t bytes_ = 0;
  std::size_t times_ = 0;
  std::optional<Setting> image_;
  std::vector<Notice> notices_;
  std::vector<UnseenSource> unseen_;
};

// A variable of the process, or nothing.
using Variables = std::function<std::optional<std::string>(const std::string&)>;
// A whole input; nothing where no file has that name, Exit::usage where it cannot be read.
using ReadFile = std::function<Result<std::optional<Secret>>(const std::string& path)>;

// What a reader needs: where it puts things, and what it may ask.
struct Reading {
  Configuration& into;
  const Variables& variables;
  const ReadFile& file;
  std::string prefix;  // of the settings that matter: "APP_"

  // Sets it. Exit::usage where all of it grows beyond 16 MiB, as by references to what is large, or beyond 30,000 settings.
  [[nodiscard]] Result<> put(std::string name, std::optional<Secret> value, Origin origin) const;
  // Exit::usage where it is not there, too; `given` is what `file` said of that path.
  [[nodiscard]] static Result<Secret> whole(Result<std::optional<Secret>> given, const std::string& path);
  [[nodiscard]] Result<Secret> whole(const std::string& path) const;
};

// "file:3: expected ..."; Exit::usage.
[[nodiscard]] std::unexpected<Error> input_error(const Origin& origin, std::string_view message);
// [A-Za-z_][A-Za-z0-9_]*
[[nodiscard]] bool is_variable_name(std::string_view name);
// "prod.env:3", or "the environment".
[[nodiscard]] std::string to_string(const Origin& origin);

}  // namespace blc::tier

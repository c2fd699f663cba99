// What a command says of its options and arguments. CLI11 does the work behind it: only what reads the whole tree
// (help, completion, usage errors) includes that header, which takes longer to compile than most commands do.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace blc::cli {

// An option or argument of a command; the command tree owns what it is a handle of. Each call that changes it can be
// followed by the next.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  // What help and manual call its value: FILE, RUN.
  Option type_name(const std::string& name) const;
  Option required() const;
  // One of these words.
  Option one_of(const std::vector<std::string>& words) const;
  // Given more than once, all of its values count; with several of them after one name.
  Option take_all() const;
  // Given more than once, all of its values count; with one of them after each name.
  Option one_each() const;
  // Several values may stand in one word, with this between them.
  Option delimiter(char between) const;
  // Its value may be left out, and is then this one.
  Option value_or(const std::string& left_out) const;
  // Refused without that option.
  Option needs(const Option& other) const;

  [[nodiscard]] bool given() const;

 private:
  CLI::Option* option_;
};

// A command as far as its file says what may be typed after it; a handle too. A name with "--" in front is that of an
// option, any other that of an argument. What was typed is left in the variable, which must live as long as the tree.
class Syntax {
 public:
  explicit Syntax(CLI::App& command) : command_(&command) {}

  Option add_option(const std::string& name, std::string& to, const std::string& summary) const;
  Option add_option(const std::string& name, std::vector<std::string>& to, const std::string& summary) const;
  Option add_option(const std::string& name, std::uint64_t& to, const std::string& summary) const;
  Option add_option(const std::string& name, std::optional<std::uint64_t>& to, const std::string& summary) const;
  Option add_option(const std::string& name, std::vector<std::uint64_t>& to, const std::string& summary) const;
  Option add_option(const std::string& name, const std::function<void(const std::string&)>& take, const std::string& summary) const;
  Option add_flag(const std::string& name, bool& to, const std::string& summary) const;

  // What help ends with.
  void footer(const std::string& text) const;

  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::optional<Syntax> below(const std::string& name) const;
  // Its help, where these words lead to it.
  [[nodiscard]] std::string help(const std::string& above) const;
  [[nodiscard]] CLI::App& tree() const { return *command_; }

 private:
  CLI::App* command_;
};

}  // namespace blc::cli

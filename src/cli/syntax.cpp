#include "cli/syntax.hpp"

#include <CLI/CLI.hpp>

namespace blc::cli {

Option Option::type_name(const std::string& name) const {
  option_->type_name(name);
  return *this;
}

Option Option::required() const {
  option_->required();
  return *this;
}

Option Option::one_of(const std::vector<std::string>& words) const {
  option_->check(CLI::IsMember(words));
  return *this;
}

Option Option::take_all() const {
  option_->take_all();
  return *this;
}

Option Option::one_each() const {
  option_->allow_extra_args(false);
  return *this;
}

Option Option::delimiter(char between) const {
  option_->delimiter(between);
  return *this;
}

Option Option::value_or(const std::string& left_out) const {
  option_->expected(0, 1)->default_str(left_out);
  return *this;
}

Option Option::needs(const Option& other) const {
  option_->needs(other.option_);
  return *this;
}

bool Option::given() const { return option_->count() > 0; }

Option Syntax::add_option(const std::string& name, std::string& to, const std::string& summary) const {
  return Option{*command_->add_option(name, to, summary)};
}

Option Syntax::add_option(const std::string& name, std::vector<std::string>& to, const std::string& summary) const {
  return Option{*command_->add_option(name, to, summary)};
}

Option Syntax::add_option(const std::string& name, std::uint64_t& to, const std::string& summary) const {
  return Option{*command_->add_option(name, to, summary)};
}

Option Syntax::add_option(const std::string& name, std::optional<std::uint64_t>& to, const std::string& summary) const {
  return Option{*command_->add_option(name, to, summary)};
}

Option Syntax::add_option(const std::string& name, std::vector<std::uint64_t>& to, const std::string& summary) const {
  return Option{*command_->add_option(name, to, summary)};
}

Option Syntax::add_option(const std::string& name, const std::function<void(const std::string&)>& take, const std::string& summary) const {
  return Option{*command_->add_option_function<std::string>(name, take, summary)};
}

Option Syntax::add_flag(const std::string& name, bool& to, const std::string& summary) const {
  return Option{*command_->add_flag(name, to, summary)};
}

void Syntax::footer(const std::string& text) const { command_->footer(text); }

std::string Syntax::name() const { return command_->get_name(); }

std::optional<Syntax> Syntax::below(const std::string& name) const {
  const auto found = command_->get_subcommands([&](const CLI::App* each) { return each->get_name() == name; });
  if (found.empty()) return std::nullopt;
  return Syntax{*found.front()};
}

std::string Syntax::help(const std::string& above) const { return command_->help(above); }

}  // namespace blc::cli

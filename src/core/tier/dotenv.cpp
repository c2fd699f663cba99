#include "core/tier/dotenv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/text/json.hpp"
#include "core/tier/interpolation.hpp"

namespace blc::tier {

namespace {

bool blank(char c) { return c == ' ' || c == '\t'; }

class Reader {
 public:
  Reader(std::string_view text, const std::string& file, const Reading& reading, Dialect dialect = Dialect::dotenv) : text_(text), file_(file), reading_(reading), dialect_(dialect) {}

  Result<> read_raw() {
    BLC_CHECK(check_characters());
    for (; at_ < text_.size(); skip_line()) {
      skip_blanks();
      const auto from = at_;
      while (!line_ends()) ++at_;
      const auto whole = text_.substr(from, at_ - from);
      const auto equals = whole.find('=');
      const std::string name(whole.substr(0, equals));
      if (whole.empty() || whole.starts_with('#')) continue;
      if (!is_variable_name(name)) return input_error(here(), "expected NAME=VALUE, a comment or an empty line, found something else");
      note_again(name, here());
      if (equals != std::string_view::npos) BLC_CHECK(reading_.put(name, Secret::copy(whole.substr(equals + 1)), here()));
      else if (auto passed = reading_.variables(name)) BLC_CHECK(reading_.put(name, Secret::take(*std::move(passed)), here()));
    }
    return {};
  }

  Result<> read() {
    BLC_CHECK(check_characters());
    while (at_ < text_.size()) BLC_CHECK(line());
    return {};
  }

 private:
  [[nodiscard]] Origin here() const { return {file_, line_}; }

  Result<> check_characters() const {
    Origin place{file_, 1};
    if (text_.starts_with("\xef\xbb\xbf")) return input_error(place, "expected UTF-8 without a byte order mark, found one");
    if (!text::valid_utf8(text_)) return input_error({file_, 0}, "expected UTF-8 text, found other bytes");
    for (std::size_t at = 0; at < text_.size(); ++at) {
      const auto byte = static_cast<unsigned char>(text_[at]);
      const bool line_end = byte == '\n' || (byte == '\r' && text_.substr(at + 1, 1) == "\n");
      if ((byte < 0x20 && byte != '\t' && !line_end) || byte == 0x7F)
        return input_error(place, fmt::format("expected text, found the control character U+{:04X}", byte));
      if (byte == '\n') ++place.line;
    }
    return {};
  }

  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }
  [[nodiscard]] bool line_ends() const { return peek() == '\n' || text_.substr(at_, 2) == "\r\n"; }
  void skip_blanks() {
    while (at_ < text_.size() && blank(text_[at_])) ++at_;
  }
  void skip_line() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    ++at_;
    ++line_;
  }

  Result<> line() {
    skip_blanks();
    if (line_ends() || peek() == '#') {
      skip_line();
      return {};
    }
    const auto origin = here();
    auto name = word();
    if (name == "export" && blank(peek())) {
      skip_blanks();
      name = word();
    }
    skip_blanks();
    if (!is_variable_name(name) || peek() != '=')
      return input_error(origin, "expected NAME=VALUE, a comment or an empty line, found something else");
    ++at_;
    skip_blanks();
    note_again(std::string(name), origin);
    const char quote = peek();
    if (quote == '\'' || quote == '"') return quoted(std::string(name), quote, origin);
    return plain(std::string(name), origin);
  }

  std::string_view word() {
    const auto from = at_;
    while (at_ < text_.size() && !blank(text_[at_]) && text_[at_] != '=' && !line_ends()) ++at_;
    return text_.substr(from, at_ - from);
  }

  void note_again(const std::string& name, const Origin& origin) {
    const auto [first, fresh] = lines_.try_emplace(name, origin.line);
    if (!fresh) reading_.into.notice(stands_twice(name, first->second, origin));
  }

  // To the end of the line, or to a # behind a blank.
  Result<> plain(const std::string& name, const Origin& origin) {
    const auto from = at_;
    auto end = at_;
    const auto comment_begins = [&] { return peek() == '#' && (at_ == from || blank(text_[at_ - 1])); };
    while (!line_ends() && !comment_begins()) {
      if (!blank(text_[at_])) end = at_ + 1;
      ++at_;
    }
    std::string value(text_.substr(from, end - from));
    for (auto slash = value.find("\\$"); slash != std::string::npos; slash = value.find("\\$", slash + 2)) value[slash] = kEscape;
    const auto secret = Secret::take(std::move(value));
    skip_line();
    return set_interpolated(name, secret.reveal(), dialect_, reading_, origin);
  }

  Result<> quoted(const std::string& name, char quote, const Origin& origin) {
    ++at_;
    std::string value;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\n') ++line_;
      if (quote == '"' && text_[at_] == '\\') escape(value);
      else if (text_.substr(at_, 2) != "\r\n") value += text_[at_];
      ++at_;
    }
    auto secret = Secret::take(std::move(value));
    if (at_ >= text_.size()) return input_error(origin, "expected a closing quote, found none");
    ++at_;
    skip_blanks();
    if (!line_ends() && peek() != '#') return input_error(here(), "expected the end of the line after the closing quote, found more");
    skip_line();
    if (quote == '"') return set_interpolated(name, secret.reveal(), dialect_, reading_, origin);
    return reading_.put(name, std::move(secret), origin);
  }

  // A backslash and what follows.
  void escape(std::string& value) {
    if (at_ + 1 >= text_.size()) return;
    const char next = text_[++at_];
    if (next == '\n') ++line_;
    switch (next) {
      case 'n': value += '\n'; return;
      case 'r': value += '\r'; return;
      case 't': value += '\t'; return;
      case '"':
      case '\\': value += next; return;
      case '$': (value += kEscape) += next; return;
      default: (value += '\\') += next;
    }
  }

  std::string_view text_;
  const std::string& file_;
  const Reading& reading_;
  Dialect dialect_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::map<std::string, int> lines_;
};

}  // namespace

Result<> read_dotenv(std::string_view text, const std::string& file, const Reading& reading, Dialect dialect) {
  return Reader(text, file, reading, dialect).read();
}

Result<> read_raw_env(std::string_view text, const std::string& file, const Reading& reading) {
  return Reader(text, file, reading).read_raw();
}

}  // namespace blc::tier

#include "core/text/json.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "core/text/utf8.hpp"

namespace blc::text {

namespace {

constexpr std::int64_t kLargest = (std::int64_t{1} << 53U) - 1;
constexpr int kLevels = 64;
constexpr std::string_view kHex = "0123456789abcdef";

// The letter of the two-character escape for a control character, a quote or a backslash; 0 when there is none.
constexpr char short_escape(char c) {
  switch (c) {
    case '\b': return 'b';
    case '\t': return 't';
    case '\n': return 'n';
    case '\f': return 'f';
    case '\r': return 'r';
    case '"': return '"';
    case '\\': return '\\';
    default: return '\0';
  }
}

constexpr bool ordinary(char c) {  // ASCII that stands for itself in a string
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

constexpr auto kOrdinary = [] {
  std::array<bool, 256> table{};
  for (unsigned i = 0; i < table.size(); ++i) table[i] = ordinary(static_cast<char>(i));
  return table;
}();

// The end of the run of ordinary characters that starts at `from`, eight bytes at a time.
std::size_t ordinary_run(std::string_view text, std::size_t from) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kTops = 0x8080808080808080;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kTops; };
  while (text.size() - from >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + from, sizeof word);
    const auto below_space = (word - kOnes * 0x20) & ~word & kTops;
    if (((word & kTops) | below_space | has_zero(word ^ kOnes * '"') | has_zero(word ^ kOnes * '\\')) != 0) break;
    from += 8;
  }
  while (from < text.size() && kOrdinary[static_cast<unsigned char>(text[from])]) ++from;
  return from;
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void value(const Json& json, int level) {
    if (const auto* text = json.get_if<std::string>()) return string(*text);
    if (const auto* number = json.get_if<std::int64_t>()) return integer(*number);
    if (const auto* object = json.get_if<Json::Object>()) return members(*object, level + 1);
    if (const auto* array = json.get_if<Json::Array>()) return elements(*array, level + 1);
    if (const auto* boolean = json.get_if<bool>()) {
      out_ += *boolean ? "true" : "false";
    } else {
      out_ += "null";
    }
  }

 private:
  static void check_level(int level) {
    if (level > kLevels) throw Broken("a JSON value is nested deeper than 64 levels");
  }
  void integer(std::int64_t number) {
    if (number > kLargest || number < -kLargest) throw Broken("a JSON integer is outside +-(2^53-1)");
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out_.append(digits.data(), end);
  }
  void string(std::string_view text) {
    out_ += '"';
    for (std::size_t i = 0; i < text.size();) {
      const auto end = ordinary_run(text, i);
      out_.append(text, i, end - i);
      i = end;
      if (i == text.size()) break;
      const char c = text[i];
      if (static_cast<unsigned char>(c) >= 0x80) {
        const auto point = decode_utf8(text, i);
        if (!point) throw Broken("a JSON string is not UTF-8");
        out_.append(text, i, point->length);
        i += point->length;
        continue;
      }
      escape(c);
      ++i;
    }
    out_ += '"';
  }
  void escape(char c) {
    out_ += '\\';
    if (const char letter = short_escape(c)) {
      out_ += letter;
      return;
    }
    const auto byte = static_cast<unsigned char>(c);
    out_ += "u00";
    out_ += kHex[byte >> 4U];
    out_ += kHex[byte & 15U];
  }
  void elements(const Json::Array& array, int level) {
    check_level(level);
    char before = '[';
    for (const auto& element : array) {
      out_ += before;
      value(element, level);
      before = ',';
    }
    out_ += array.empty() ? "[]" : "]";
  }
  void members(const Json::Object& object, int level) {
    check_level(level);
    char before = '{';
    for (const auto& [key, member] : object) {
      if (std::ranges::any_of(key, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
        throw Broken("a JSON key is not ASCII");
      out_ += before;
      string(key);
      out_ += ':';
      value(member, level);
      before = ',';
    }
    out_ += object.empty() ? "{}" : "}";
  }

  std::string& out_;
};

// One pass over the bytes. Canonical: nothing that canonical() would write otherwise gets through.
// Depth is bounded by kLevels, so recursion is too.
template <bool Canonical>
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Json> run() {
    Json json;
    space();
    if (value(json, 0)) {
      space();
      if (at_ == text_.size()) return json;
      refuse("nothing more was expected");
    }
    return fail(Canonical ? Exit::ledger : Exit::usage,
                fmt::format("{} at byte {}: {}", Canonical ? "not canonical JSON" : "not valid JSON", at_, why_));
  }

 private:
  bool refuse(std::string_view why) {
    if (why_.empty()) why_ = why;
    return false;
  }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool accept(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void space() {
    if constexpr (!Canonical) {
      while (at_ < text_.size() &&
             (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
        ++at_;
    }
  }
  bool word(std::string_view literal, Json value, Json& out) {
    if (!text_.substr(at_).starts_with(literal)) return refuse("a value was expected");
    at_ += literal.size();
    out = std::move(value);
    return true;
  }

  bool value(Json& out, int level) {
    switch (peek()) {
      case '{': return object(out, level + 1);
      case '[': return array(out, level + 1);
      case '"': {
        std::string decoded;
        if (!string(decoded)) return false;
        out = Json(std::move(decoded));
        return true;
      }
      case 't': return word("true", Json(true), out);
      case 'f': return word("false", Json(false), out);
      case 'n': return word("null", Json(), out);
      default: return integer(out);
    }
  }

  bool integer(Json& out) {
    const auto start = at_;
    const bool negative = accept('-');
    const auto digits = at_;
    std::int64_t number = 0;
    while (peek() >= '0' && peek() <= '9') {
      if (at_ - digits >= 16) return refuse("an integer within +-(2^53-1) was expected");
      number = number * 10 + (text_[at_++] - '0');
    }
    if (at_ == digits) {
      at_ = start;
      return refuse("a value was expected");
    }
    if (text_[digits] == '0' && (at_ - digits > 1 || negative)) return refuse("a number has a leading zero or is -0");
    if (peek() == '.' || peek() == 'e' || peek() == 'E')
      return refuse("numbers with fractions or exponents are refused");
    if (number > kLargest) return refuse("an integer within +-(2^53-1) was expected");
    out = Json(negative ? -number : number);
    return true;
  }

  bool string(std::string& out) {
    ++at_;  // the quote
    while (true) {
      const auto end = ordinary_run(text_, at_);
      out.append(text_, at_, end - at_);
      at_ = end;
      if (at_ == text_.size()) return refuse("a string does not end");
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        if (!escape(out)) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) return refuse("a control character must be escaped");
      const auto point = decode_utf8(text_, at_);
      if (!point) return refuse("not UTF-8");
      out.append(text_, at_, point->length);
      at_ += point->length;
    }
  }

  bool escape(std::string& out) {
    ++at_;  // the backslash
    const char letter = peek();
    constexpr std::string_view kLetters = "btnfr\"\\";
    constexpr std::string_view kMeanings = "\b\t\n\f\r\"\\";
    if (const auto found = kLetters.find(letter); letter != '\0' && found != std::string_view::npos) {
      ++at_;
      out += kMeanings[found];
      return true;
    }
    if (letter == 'u') {
      ++at_;
      return Canonical ? control_escape(out) : unicode_escape(out);
    }
    if (!Canonical && accept('/')) {
      out += '/';
      return true;
    }
    return refuse("an unknown escape");
  }

  // Canonical: \u00xx in lower case, only for control characters that have no letter of their own.
  bool control_escape(std::string& out) {
    const auto unit = four_hex(kHex);
    if (!unit || *unit >= 0x20 || short_escape(static_cast<char>(*unit)) != '\0')
      return refuse("an escape that canonical JSON does not use");
    out += static_cast<char>(*unit);
    return true;
  }

  bool unicode_escape(std::string& out) {
    constexpr std::string_view kAnyCase = "0123456789abcdefABCDEF";
    const auto unit = four_hex(kAnyCase);
    if (!unit) return refuse("four hexadecimal digits were expected");
    if (*unit >= 0xDC00 && *unit <= 0xDFFF) return refuse("a lone surrogate");
    if (*unit < 0xD800 || *unit > 0xDBFF) {
      append_utf8(out, *unit);
      return true;
    }
    if (!accept('\\') || !accept('u')) return refuse("a lone surrogate");
    const auto low = four_hex(kAnyCase);
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return refuse("a lone surrogate");
    append_utf8(out, 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00));
    return true;
  }

  std::optional<std::uint32_t> four_hex(std::string_view alphabet) {
    std::uint32_t unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ >= text_.size()) return std::nullopt;
      auto digit = alphabet.find(text_[at_]);
      if (digit == std::string_view::npos) return std::nullopt;
      if (digit >= 16) digit -= 6;
      unit = unit << 4U | static_cast<std::uint32_t>(digit);
    }
    return unit;
  }

  bool array(Json& out, int level) {
    if (level > kLevels) return refuse("nested deeper than 64 levels");
    ++at_;
    Json::Array elements;
    space();
    if (!accept(']')) {
      do {
        space();
        if (!value(elements.emplace_back(), level)) return false;
        space();
      } while (accept(','));
      if (!accept(']')) return refuse("',' or ']' was expected");
    }
    out = Json(std::move(elements));
    return true;
  }

  bool object(Json& out, int level) {
    if (level > kLevels) return refuse("nested deeper than 64 levels");
    ++at_;
    Json::Object members;
    space();
    if (!accept('}')) {
      do {
        space();
        if (!member(members, level)) return false;
        space();
      } while (accept(','));
      if (!accept('}')) return refuse("',' or '}' was expected");
    }
    out = Json(std::move(members));
    return true;
  }

  bool member(Json::Object& members, int level) {
    if (peek() != '"') return refuse("a key was expected");
    const auto start = at_;
    std::string key;
    if (!string(key)) return false;
    if (std::ranges::any_of(key, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
      at_ = start;
      return refuse("a key is not ASCII");
    }
    const bool ascending = members.empty() || members.rbegin()->first < key;
    if (!ascending && (Canonical || members.contains(key))) {
      at_ = start;
      return refuse(Canonical ? "keys must ascend and be unique" : "a key appears twice");
    }
    space();
    if (!accept(':')) return refuse("':' was expected");
    space();
    const auto place = ascending ? members.emplace_hint(members.end(), std::move(key), Json())
                                 : members.emplace(std::move(key), Json()).first;
    return value(place->second, level);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view why_;
};

}  // namespace

const Json* Json::find(std::string_view key) const {
  const auto* object = get_if<Object>();
  if (object == nullptr) return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &found->second;
}

std::string canonical(const Json& value) {
  std::string out;
  Writer(out).value(value, 0);
  return out;
}

Result<Json> parse_canonical(std::string_view text) { return Parser<true>(text).run(); }
Result<Json> parse_json(std::string_view text) { return Parser<false>(text).run(); }

}  // namespace blc::text

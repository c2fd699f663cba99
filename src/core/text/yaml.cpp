#include "core/text/yaml.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <new>
#include <set>

#include <fmt/format.h>
#include <yaml.h>

#include "core/text/display.hpp"
#include "core/text/json.hpp"

namespace blc::text {

namespace {

constexpr std::size_t kMostBytes = 256U << 10U;
constexpr std::size_t kMostLevels = 16;
constexpr std::size_t kMostNodes = 20'000;
constexpr std::size_t kMostRepeated = 4U << 20U;  // bytes, by aliases
constexpr std::string_view kMergeKey = "<<";

struct Refusal {  // caught in parse_yaml and parse_foreign_yaml
  Mark mark;
  std::string message;
};

enum class Writer { us, others };  // others: aliases, nulls, tabs and CR LF are understood

[[noreturn]] void refuse_control(Mark mark, std::string_view character) {
  throw Refusal{mark, fmt::format("expected text, found the control character {}", display(std::string(character)))};
}

// Control characters are never what a person meant. U+0085, U+2028 and U+2029 would end a line for YAML 1.1, and so a
// comment, where whoever reviews the file sees one line. Directives could change what tags mean.
void check_characters(std::string_view text, Writer writer) {
  constexpr std::array<std::string_view, 2> kSeparators{"\u2028", "\u2029"};
  if (!valid_utf8(text)) throw Refusal{{}, "expected UTF-8, found other bytes"};
  if (text.starts_with("\xef\xbb\xbf")) throw Refusal{{}, "expected UTF-8 without a byte order mark, found one"};
  Mark mark;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '%') {  // nearly all of them
      ++mark.column;
      continue;
    }
    if (c == '\t' && writer == Writer::us) throw Refusal{mark, "expected spaces, found a tab"};
    const bool line_ends = c == '\n' || (writer == Writer::others && text.substr(at, 2) == "\r\n");
    if ((byte < 0x20 && !line_ends && c != '\t') || byte == 0x7F) refuse_control(mark, text.substr(at, 1));
    if (byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0) refuse_control(mark, text.substr(at, 2));
    if (byte == 0xE2 && std::ranges::find(kSeparators, text.substr(at, 3)) != kSeparators.end()) refuse_control(mark, text.substr(at, 3));
    if (c == '%' && mark.column == 1) throw Refusal{mark, "expected a document, found a directive (%)"};
    if ((byte & 0xC0U) != 0x80U) ++mark.column;
    if (c == '\n') mark = {mark.line + 1, 1};
  }
}

// What libyaml reads in a text, one event after the other.
class Events {
 public:
  explicit Events(std::string_view text) : text_(text) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  Events(Events&&) = delete;
  Events& operator=(Events&&) = delete;
  ~Events() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }

  // Good until the next one is asked for. Throws a Refusal where the text is no YAML.
  const yaml_event_t& next() {
    yaml_event_delete(&event_);
    if (yaml_parser_parse(&parser_, &event_) == 0) refuse();
    return event_;
  }

  static Mark mark_of(const yaml_mark_t& mark) { return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1}; }

 private:
  [[noreturn]] void refuse() const {
    if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
    const std::string_view problem = parser_.problem;
    const std::string_view context = parser_.context == nullptr ? "" : parser_.context;
    if (context == "while scanning a quoted scalar" && problem == "found unexpected end of stream")
      throw Refusal{mark_of(parser_.context_mark), "expected a closing quote, found none"};
    const auto mark = mark_of(parser_.problem_mark);
    if (const auto tab = tab_at(mark)) throw Refusal{{mark.line, *tab}, "expected spaces, found a tab"};
    throw Refusal{mark, "expected well-formed YAML: " + display(std::string(problem))};
  }
  // The column of the tab that stands there, or before whatever begins that line.
  [[nodiscard]] std::optional<int> tab_at(Mark mark) const {
    auto line = text_;
    for (int skipped = 1; skipped < mark.line; ++skipped) line.remove_prefix(std::min(line.find('\n'), line.size() - 1) + 1);
    int column = 0;
    bool blank = true;
    for (const char c : line.substr(0, line.find('\n'))) {
      if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++column;
      if (c == '\t' && (blank || column == mark.column)) return column;
      blank = blank && c == ' ';
    }
    return std::nullopt;
  }

  std::string_view text_;
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

std::string_view view_of(const unsigned char* text) { return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text); }

// YAML 1.2, section 10.3.2, and what yaml files write for nothing.
bool means_nothing(std::string_view plain) {
  return plain.empty() || plain == "~" || plain == "null" || plain == "Null" || plain == "NULL";
}

// Builds the tree and refuses what blc does not accept while libyaml is still reading, so that no limit is noticed
// only after the memory is spent.
class TreeBuilder {
 public:
  explicit TreeBuilder(Writer writer) : foreign_(writer == Writer::others) {}

  [[nodiscard]] Yaml take() {
    anchored_.clear();
    return std::exchange(root_, {});
  }

  // NOLINTBEGIN(cppcoreguidelines-pro-type-union-access): libyaml's events are unions, told apart by their type
  // One event within a document.
  void add(const yaml_event_t& event) {
    const auto mark = Events::mark_of(event.start_mark);
    switch (event.type) {
      case YAML_SCALAR_EVENT: return scalar(mark, event.data.scalar);
      case YAML_ALIAS_EVENT: return alias(mark, view_of(event.data.alias.anchor));
      case YAML_SEQUENCE_START_EVENT:
        return open(mark, view_of(event.data.sequence_start.tag), view_of(event.data.sequence_start.anchor), Yaml::Kind::list);
      case YAML_MAPPING_START_EVENT:
        return open(mark, view_of(event.data.mapping_start.tag), view_of(event.data.mapping_start.anchor), Yaml::Kind::map);
      default: return close();  // of a list or a map
    }
  }
  // NOLINTEND(cppcoreguidelines-pro-type-union-access)

 private:
  struct Open {
    Yaml node;
    std::string anchor;
    std::set<std::string, std::less<>> keys;
    std::optional<std::pair<std::string, Mark>> key;  // read, its value not yet
  };

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().node.kind == Yaml::Kind::map && !open_.back().key;
  }

  void check(Mark mark, std::string_view tag, std::string_view anchor) {
    if (!anchor.empty() && !foreign_) throw Refusal{mark, "expected a value, found an anchor (&)"};
    if (!tag.empty()) throw Refusal{mark, "expected a value, found a tag (!)"};
    count(mark);
  }
  void count(Mark mark) {
    if (++nodes_ > kMostNodes) throw Refusal{mark, "expected at most 20000 nodes, found more"};
  }
  void count(Mark mark, const Yaml& copied) {
    count(mark);
    repeated_ += copied.scalar.size();
    if (repeated_ > kMostRepeated) throw Refusal{mark, "expected aliases (*) that repeat at most 4 MiB, found more"};
    for (const auto& each : copied.list) count(mark, each);
    for (const auto& member : copied.map) count(mark, member.value);
  }
  void remember(std::string_view anchor, const Yaml& node) {
    if (!anchor.empty()) anchored_.insert_or_assign(std::string(anchor), node);
  }
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): names a type, which libyaml leaves without a name
  void scalar(Mark mark, const decltype(yaml_event_t::data.scalar)& read) {
    const auto anchor = view_of(read.anchor);
    const std::string_view value(reinterpret_cast<const char*>(read.value), read.length);
    check(mark, view_of(read.tag), anchor);
    if (value.contains('\0')) throw Refusal{mark, "expected text, found a NUL character"};
    const bool plain = read.style == YAML_PLAIN_SCALAR_STYLE;
    const bool null = plain && means_nothing(value);
    if (null && expects_key()) throw Refusal{mark, "expected a key, found nothing (quote the word null to mean it)"};
    if (null && !foreign_) throw Refusal{mark, "expected a value, found nothing (quote the word null to mean it)"};
    if (expects_key()) return key(mark, value);
    Yaml node;
    node.mark = mark;
    node.null = null;
    node.quoted = !plain;
    if (!null) node.scalar = value;
    remember(anchor, node);
    attach(std::move(node));
  }
  void alias(Mark mark, std::string_view anchor) {
    if (!foreign_) throw Refusal{mark, "expected a value, found an alias (*)"};
    if (expects_key()) throw Refusal{mark, "expected a key, found an alias (*)"};
    if (std::ranges::find(open_, anchor, &Open::anchor) != open_.end())
      throw Refusal{mark, "expected a value, found an alias of what it stands in"};
    const auto meant = anchored_.find(anchor);
    if (meant == anchored_.end()) throw Refusal{mark, "expected a value, found an alias (*) without its anchor (&)"};
    count(mark, meant->second);
    attach(Yaml(meant->second));
  }
  void key(Mark mark, std::string_view value) {
    auto& map = open_.back();
    if (value.empty()) throw Refusal{mark, "expected a key, found nothing"};
    if (value == kMergeKey && !foreign_) throw Refusal{mark, "expected a key, found a merge key (<<)"};
    if (!map.keys.emplace(value).second)
      throw Refusal{mark, foreign_ ? std::string("expected each key once, found one again")  // it may be a value by mistake
                                   : fmt::format("expected each key once, found {} again", found(value))};
    map.key.emplace(value, mark);
  }
  void open(Mark mark, std::string_view tag, std::string_view anchor, Yaml::Kind kind) {
    check(mark, tag, anchor);
    if (expects_key())
      throw Refusal{mark, kind == Yaml::Kind::map ? "expected a key, found a map (quote what begins with {)"
                                                  : "expected a key, found a list (quote what begins with [)"};
    if (open_.size() >= kMostLevels) throw Refusal{mark, "expected at most 16 levels, found more"};
    Open opened;
    opened.node.kind = kind;
    opened.node.mark = mark;
    opened.anchor = anchor;
    open_.push_back(std::move(opened));
  }
  void close() {
    auto closed = std::move(open_.back());
    open_.pop_back();
    if (closed.keys.contains(kMergeKey)) merge(closed);
    remember(closed.anchor, closed.node);
    attach(std::move(closed.node));
  }
  static std::set<std::string> keys_of(std::vector<Yaml::Member>::const_iterator from, std::vector<Yaml::Member>::const_iterator to) {
    std::set<std::string> keys;
    for (; from != to; ++from) keys.insert(from->key);
    return keys;
  }
  // What stands in the map itself counts before what is merged into it, and of that the first. Where it stands before the
  // merge, programs differ (kubectl takes what is merged): refused.
  static void merge(Open& closed) {
    auto& members = closed.node.map;
    const auto place = std::ranges::find(members, kMergeKey, &Yaml::Member::key);
    const auto merged = std::move(*place);
    const std::set<std::string> before = keys_of(members.begin(), place);
    members.erase(place);
    const auto add = [&](const Yaml& source) {
      if (source.kind != Yaml::Kind::map) throw Refusal{merged.mark, "expected a map to merge (<<), found " + kind_of(source)};
      for (const auto& member : source.map) {
        if (before.contains(member.key)) throw Refusal{merged.mark, "expected << before a key that it gives, too"};
        if (closed.keys.insert(member.key).second) members.push_back(member);
      }
    };
    if (merged.value.kind != Yaml::Kind::list) return add(merged.value);
    for (const auto& source : merged.value.list) add(source);
  }
  static std::string kind_of(const Yaml& node) { return node.kind == Yaml::Kind::scalar ? "a single value" : found(node); }
  void attach(Yaml&& node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (parent.node.kind == Yaml::Kind::list) {
      parent.node.list.push_back(std::move(node));
    } else {
      parent.node.map.push_back({std::move(parent.key->first), parent.key->second, std::move(node)});
      parent.key.reset();
    }
  }

  bool foreign_;
  Yaml root_;
  std::map<std::string, Yaml, std::less<>> anchored_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;  // of all documents
  std::size_t repeated_ = 0;
};

std::vector<Yaml> parse(std::string_view text, Writer writer) {
  if (text.size() > kMostBytes) throw Refusal{{}, "expected at most 256 KiB, found more"};
  check_characters(text, writer);
  Events events(text);
  TreeBuilder builder(writer);
  std::vector<Yaml> documents;
  for (;;) {
    const auto& event = events.next();
    switch (event.type) {
      case YAML_STREAM_START_EVENT: break;
      case YAML_STREAM_END_EVENT: return documents;
      case YAML_DOCUMENT_START_EVENT:
        if (writer == Writer::us && !documents.empty())
          throw Refusal{Events::mark_of(event.start_mark), "expected one document, found another"};
        break;
      case YAML_DOCUMENT_END_EVENT: documents.push_back(builder.take()); break;
      default: builder.add(event);
    }
  }
}

Result<std::vector<Yaml>> caught(std::string_view text, const std::string& file, Writer writer) {
  try {
    return parse(text, writer);
  } catch (const Refusal& refusal) {
    return std::unexpected(yaml_error(file, refusal.mark, refusal.message));
  }
}

}  // namespace

Result<Yaml> parse_yaml(std::string_view text, const std::string& file) {
  BLC_TRY(auto documents, caught(text, file, Writer::us));
  if (documents.empty()) return std::unexpected(yaml_error(file, {}, "expected a document, found nothing"));
  return std::move(documents.front());
}

Result<std::vector<Yaml>> parse_foreign_yaml(std::string_view text, const std::string& file) {
  auto read = caught(text, file, Writer::others);
  if (!read) read.error().hint = "mend that line";
  return read;
}

Error yaml_error(const std::string& file, Mark mark, const std::string& message) {
  return {Exit::usage, fmt::format("{}:{}:{}: {}", display(file), mark.line, mark.column, message),
          "mend that line; man 5 blc-verb says what may stand there"};
}

bool is_number(std::string_view plain) {
  std::string word(plain);
  std::erase(word, '_');
  std::ranges::transform(word, word.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  auto digits = std::string_view(word);
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits == ".inf" || digits == ".nan") return true;
  const auto number = [&](std::string_view prefix, std::string_view of) {
    return digits.starts_with(prefix) && digits.size() > prefix.size() && digits.find_first_not_of(of, prefix.size()) == std::string_view::npos;
  };
  if (number("0x", "0123456789abcdef") || number("0b", "01") || number("0o", "01234567")) return true;
  double read = 0;
  const bool begins = !digits.empty() && std::string_view("0123456789.").contains(digits.front());
  return begins && std::from_chars(digits.data(), digits.data() + digits.size(), read).ptr == digits.data() + digits.size();
}

std::string found(std::string_view scalar) {
  constexpr std::size_t kLongest = 60;
  if (scalar.size() <= kLongest) return '"' + display(scalar) + '"';
  auto end = kLongest;  // not in the middle of a character
  while (end > 0 && (static_cast<unsigned char>(scalar[end]) & 0xC0U) == 0x80U) --end;
  return '"' + display(scalar.substr(0, end)) + "...\"";
}

std::string found(const Yaml& node) {
  switch (node.kind) {
    case Yaml::Kind::list: return "a list";
    case Yaml::Kind::map: return "a map";
    case Yaml::Kind::scalar: break;
  }
  return found(node.scalar);
}

}  // namespace blc::text

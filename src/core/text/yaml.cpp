#include "core/text/yaml.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "core/text/display.hpp"
#include "core/text/json.hpp"

namespace blc::text {

namespace {

constexpr std::size_t kMostBytes = 256U << 10U;
constexpr std::size_t kMostLevels = 16;
constexpr std::size_t kMostNodes = 20'000;
constexpr std::string_view kMergeKey = "<<";

struct Refusal {  // thrown through yaml-cpp by the handler, caught in parse_yaml
  Mark mark;
  std::string message;
};

// yaml-cpp counts from 0, and -1 where it knows no place.
Mark mark_of(const YAML::Mark& mark) { return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1}; }

// The first tab before whatever begins the line that begins at `begin`.
std::optional<std::size_t> tab_before_all(std::string_view text, std::size_t begin) {
  const auto end = std::min(text.find_first_not_of(" \t", begin), text.size());
  const auto tab = text.substr(0, end).find('\t', begin);
  return tab == std::string_view::npos ? std::nullopt : std::optional(tab);
}

[[noreturn]] void refuse_tab(Mark mark) { throw Refusal{mark, "expected spaces, found a tab"}; }

// Builds the tree and refuses what blc does not accept while yaml-cpp is still reading, so that no limit is
// noticed only after the memory is spent.
class TreeBuilder : public YAML::EventHandler {
 public:
  enum class Writer { us, others };  // others: aliases and nulls are understood
  explicit TreeBuilder(std::string_view text, Writer writer = Writer::us) : text_(text), foreign_(writer == Writer::others) {}

  [[nodiscard]] Yaml take() { return std::exchange(root_, {}); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override { anchored_.clear(); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, "", anchor);
    if (foreign_ && !expects_key()) {
      Yaml node;
      node.mark = mark_of(mark);
      node.null = true;
      remember(anchor, node);
      return attach(std::move(node));
    }
    throw Refusal{mark_of(mark), expects_key() ? "expected a key, found nothing (quote the word null to mean it)"
                                               : "expected a value, found nothing (quote the word null to mean it)"};
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!foreign_) throw Refusal{mark_of(mark), "expected a value, found an alias (*)"};
    if (expects_key()) throw Refusal{mark_of(mark), "expected a key, found an alias (*)"};
    check_indentation(mark);
    const auto meant = anchored_.find(anchor);
    if (meant == anchored_.end()) throw Refusal{mark_of(mark), "expected a value, found an alias of what it stands in"};
    count(mark, meant->second);
    attach(meant->second);
  }
  void OnAnchor(const YAML::Mark& mark, const std::string& /*name*/) override {
    if (!foreign_) throw Refusal{mark_of(mark), "expected a value, found an anchor (&)"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(mark, tag, anchor);
    check_indentation(mark);
    check_quotes(mark);
    if (value.find('\0') != std::string::npos) throw Refusal{mark_of(mark), "expected text, found a NUL character"};
    if (expects_key()) return key(mark, value);
    Yaml node;
    node.mark = mark_of(mark);
    node.scalar = value;
    node.quoted = tag == "!";
    remember(anchor, node);
    attach(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, Yaml::Kind::list, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, Yaml::Kind::map, style);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Yaml node;
    YAML::anchor_t anchor = 0;
    bool in_brackets = false;
    std::set<std::string, std::less<>> keys;
    std::optional<std::pair<std::string, Mark>> key;  // read, its value not yet
  };

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().node.kind == Yaml::Kind::map && !open_.back().key;
  }

  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0 && !foreign_) throw Refusal{mark_of(mark), "expected a value, found an anchor (&)"};
    // "?" and "!" are what yaml-cpp gives plain and quoted scalars; a lone `!` in the file looks the same.
    const auto place = static_cast<std::size_t>(std::max(mark.pos, 0));
    if ((!tag.empty() && tag != "?" && tag != "!") || (place < text_.size() && text_[place] == '!'))
      throw Refusal{mark_of(mark), "expected a value, found a tag (!)"};
    count(mark);
  }
  // Tabs may stand in text, in comments and between what stands on one line; they indent nothing, save in [] and {}.
  void check_indentation(const YAML::Mark& mark) const {
    if (!open_.empty() && open_.back().in_brackets) return;
    const auto place = std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), text_.size());
    const auto begin = text_.substr(0, place).rfind('\n') + 1;  // 0 where there is none
    const auto tab = tab_before_all(text_, begin);
    if (tab && text_.find_first_not_of(" \t", begin) >= place) refuse_tab({mark_of(mark).line, static_cast<int>(*tab - begin) + 1});
  }
  void count(const YAML::Mark& mark) {
    if (++nodes_ > kMostNodes) throw Refusal{mark_of(mark), "expected at most 20000 nodes, found more"};
  }
  void count(const YAML::Mark& mark, const Yaml& copied) {
    count(mark);
    for (const auto& each : copied.list) count(mark, each);
    for (const auto& member : copied.map) count(mark, member.value);
  }
  void remember(YAML::anchor_t anchor, const Yaml& node) {
    if (anchor != 0) anchored_.insert_or_assign(anchor, node);
  }
  // yaml-cpp 0.7 ends a quoted scalar silently where the file ends after a line break.
  void check_quotes(const YAML::Mark& mark) const {
    const auto start = static_cast<std::size_t>(std::max(mark.pos, 0));
    const char quote = start < text_.size() ? text_[start] : '\0';
    if (quote != '"' && quote != '\'') return;
    for (auto i = start + 1; i < text_.size(); ++i) {
      const bool doubled = quote == '\'' && i + 1 < text_.size() && text_[i + 1] == quote;
      if (text_[i] == quote && !doubled) return;
      if (text_[i] == (quote == '"' ? '\\' : quote)) ++i;
    }
    throw Refusal{mark_of(mark), "expected a closing quote, found none"};
  }
  void key(const YAML::Mark& mark, const std::string& value) {
    auto& map = open_.back();
    if (value.empty()) throw Refusal{mark_of(mark), "expected a key, found nothing"};
    if (value == "<<" && !foreign_) throw Refusal{mark_of(mark), "expected a key, found a merge key (<<)"};
    if (!map.keys.insert(value).second)
      throw Refusal{mark_of(mark), foreign_ ? std::string("expected each key once, found one again")  // it may be a value by mistake
                                            : fmt::format("expected each key once, found {} again", found(value))};
    map.key.emplace(value, mark_of(mark));
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Yaml::Kind kind, YAML::EmitterStyle::value style) {
    check(mark, tag, anchor);
    check_indentation(mark);
    if (expects_key())
      throw Refusal{mark_of(mark), kind == Yaml::Kind::map ? "expected a key, found a map (quote what begins with {)"
                                                           : "expected a key, found a list (quote what begins with [)"};
    if (open_.size() >= kMostLevels) throw Refusal{mark_of(mark), "expected at most 16 levels, found more"};
    Open opened;
    opened.node.kind = kind;
    opened.node.mark = mark_of(mark);
    opened.anchor = anchor;
    opened.in_brackets = style == YAML::EmitterStyle::Flow;
    open_.push_back(std::move(opened));
  }
  void close() {
    auto closed = std::move(open_.back());
    open_.pop_back();
    if (closed.keys.contains(kMergeKey)) merge(closed);
    remember(closed.anchor, closed.node);
    attach(std::move(closed.node));
  }
  // What stands in the map itself counts before what is merged into it, and of that the first.
  static void merge(Open& closed) {
    auto& members = closed.node.map;
    const auto place = std::ranges::find(members, kMergeKey, &Yaml::Member::key);
    const auto merged = std::move(*place);
    members.erase(place);
    const auto add = [&](const Yaml& source) {
      if (source.kind != Yaml::Kind::map) throw Refusal{merged.mark, "expected a map to merge (<<), found " + kind_of(source)};
      for (const auto& member : source.map) {
        if (closed.keys.insert(member.key).second) members.push_back(member);
      }
    };
    if (merged.value.kind != Yaml::Kind::list) return add(merged.value);
    for (const auto& source : merged.value.list) add(source);
  }
  static std::string kind_of(const Yaml& node) { return node.kind == Yaml::Kind::scalar ? "a single value" : found(node); }
  void attach(Yaml node) {
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

  std::string_view text_;
  bool foreign_;
  Yaml root_;
  std::map<YAML::anchor_t, Yaml> anchored_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
};

class NoMore : public YAML::EventHandler {  // stands where a second document would be read
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { refuse(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { refuse(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { refuse(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {
    refuse(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    refuse(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    refuse(mark);
  }
  void OnMapEnd() override {}

 private:
  [[noreturn]] static void refuse(const YAML::Mark& mark) {
    throw Refusal{mark_of(mark), "expected one document, found another"};
  }
};

// Control characters steer yaml-cpp (U+0004 is its end of file, a BOM or NUL changes the encoding) and are never
// what a person meant; directives could change what tags mean.
void check_characters(std::string_view text, TreeBuilder::Writer writer) {
  if (!valid_utf8(text)) throw Refusal{{}, "expected UTF-8, found other bytes"};
  if (text.starts_with("\xef\xbb\xbf")) throw Refusal{{}, "expected UTF-8 without a byte order mark, found one"};
  Mark mark;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\t' && writer == TreeBuilder::Writer::us) refuse_tab(mark);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F)
      throw Refusal{mark, fmt::format("expected text, found the control character {}", display(std::string(1, c)))};
    if (c == '%' && mark.column == 1) throw Refusal{mark, "expected a document, found a directive (%)"};
    ++mark.column;
    if (c == '\n') mark = {mark.line + 1, 1};
  }
}

void check_size(std::string_view text) {
  if (text.size() > kMostBytes) throw Refusal{{}, "expected at most 256 KiB, found more"};
}

// YAML 1.2, section 5.4: a line may end with CR LF, and is read as if it ended with LF.
std::string with_line_feeds(std::string_view text) {
  std::string made;
  made.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at, 2) != "\r\n") made += text[at];
  }
  return made;
}

Yaml parse(std::string_view text) {
  check_size(text);
  check_characters(text, TreeBuilder::Writer::us);
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  TreeBuilder builder(text);
  if (!parser.HandleNextDocument(builder)) throw Refusal{{}, "expected a document, found nothing"};
  NoMore no_more;
  if (parser.HandleNextDocument(no_more)) throw Refusal{{}, "expected one document, found another"};
  return builder.take();
}

std::vector<Yaml> parse_all(std::string_view written) {
  check_size(written);
  const auto text = with_line_feeds(written);
  check_characters(text, TreeBuilder::Writer::others);
  std::istringstream stream{text};
  YAML::Parser parser(stream);
  TreeBuilder builder(text, TreeBuilder::Writer::others);
  std::vector<Yaml> documents;
  while (parser.HandleNextDocument(builder)) documents.push_back(builder.take());
  return documents;
}

// What a tab keeps yaml-cpp from understanding is told as the tab.
Error error_of(const YAML::Exception& exception, std::string_view text, const std::string& file) {
  const auto mark = mark_of(exception.mark);
  std::size_t begin = 0;
  for (int line = 1; line < mark.line && begin < text.size(); ++line) begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  if (const auto tab = tab_before_all(text, begin); tab) return yaml_error(file, {mark.line, static_cast<int>(*tab - begin) + 1}, "expected spaces, found a tab");
  return yaml_error(file, mark, "expected well-formed YAML, found: " + display(exception.msg));
}

template <class Parse>
auto caught(Parse parse, std::string_view text, const std::string& file) -> Result<decltype(parse(text))> {
  try {
    return parse(text);
  } catch (const Refusal& refusal) {
    return std::unexpected(yaml_error(file, refusal.mark, refusal.message));
  } catch (const YAML::Exception& exception) {
    return std::unexpected(error_of(exception, text, file));
  }
}

}  // namespace

Result<Yaml> parse_yaml(std::string_view text, const std::string& file) { return caught(parse, text, file); }

Result<std::vector<Yaml>> parse_foreign_yaml(std::string_view text, const std::string& file) {
  auto read = caught(parse_all, text, file);
  if (!read) read.error().hint = "mend that line";
  return read;
}

Error yaml_error(const std::string& file, Mark mark, const std::string& message) {
  return {Exit::usage, fmt::format("{}:{}:{}: {}", display(file), mark.line, mark.column, message),
          "mend that line; man 5 blc-verb says what may stand there"};
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

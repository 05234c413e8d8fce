// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

/// A token with Tether's habits on Ethereum: six digits, no return value, a blacklist, a pause, an optional fee on
/// each transfer. It has no constructor, because its code is placed at the real address; every switch starts at zero.
/// Everything is open to everybody: it exists only in the sandbox.
contract UsdtLike {
    mapping(address => uint256) private balances; // slot 0: the sandbox writes opening balances here
    mapping(address => mapping(address => uint256)) public allowance;
    uint256 public totalSupply;
    mapping(address => bool) public isBlackListed;
    bool public paused;
    uint256 public basisPointsRate;
    address public feeCollector;

    string public constant name = "Tether USD";
    string public constant symbol = "USDT";
    uint8 public constant decimals = 6;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    function balanceOf(address owner) external view returns (uint256) {
        return balances[owner];
    }

    function transfer(address to, uint256 value) external {
        move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external {
        uint256 allowed = allowance[from][msg.sender];
        require(allowed >= value, "allowance");
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
        move(from, to, value);
    }

    function approve(address spender, uint256 value) external {
        require(value == 0 || allowance[msg.sender][spender] == 0, "reset to zero first");
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
    }

    function mint(address to, uint256 value) external {
        balances[to] += value;
        totalSupply += value;
        emit Transfer(address(0), to, value);
    }

    function setBlackListed(address account, bool listed) external {
        isBlackListed[account] = listed;
    }

    function setPaused(bool value) external {
        paused = value;
    }

    function setFee(uint256 basisPoints, address collector) external {
        require(basisPoints < 10000, "fee");
        basisPointsRate = basisPoints;
        feeCollector = collector;
    }

    function move(address from, address to, uint256 value) private {
        require(!paused, "paused");
        require(!isBlackListed[from], "blacklisted");
        require(balances[from] >= value, "balance");
        uint256 fee = (value * basisPointsRate) / 10000;
        balances[from] -= value;
        balances[to] += value - fee;
        emit Transfer(from, to, value - fee);
        if (fee > 0) {
            balances[feeCollector] += fee;
            emit Transfer(from, feeCollector, fee);
        }
    }
}
